// An OpenID provider on the loopback. It prints its address when it listens, and ends when its standard input does. Its issuer is that
// address, or its argument.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const client = (id, audience) => ({
  client_id: id, client_secret: 'known to all on the loopback', audience,
  grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(process.argv[2] ?? address, {
    jwks: { keys: [{ ...key, kid: 'rsa-1', use: 'sig', alg: 'RS256' }] },
    extraClientMetadata: { properties: ['audience'] },
    clients: [client('bookshop', 'roster'), client('stranger', 'wiki')],
    extraTokenClaims: () => ({
      roles: ['partner', 'buyer'], tenant: 'uni-2',
      'https://roster.example/roles': { 'Roster.Staff': {} }, student: { number: 'm1234567' }, tid: 'uni-3',
    }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:service',
        getResourceServerInfo: (ctx, resource, { audience }) => ({
          audience, scope: '', accessTokenFormat: 'jwt', accessTokenTTL: 60,
        }),
      },
    },
  });
  server.on('request', provider.callback());
  console.log(address);
});
process.stdin.resume().on('end', () => process.exit());

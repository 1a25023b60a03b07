package nats

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/nats-io/nats.go"

	"example.com/roster/domain"
)

// Validate returns [domain.ErrInvalidArgument] if a URL is malformed, or a file of the options is missing or malformed. It does not
// connect. Errors name the flag, and hold nothing secret.
func Validate(servers string, options Options) error {
	_, err := validate(servers, options)
	return err
}

// validate does what Validate says, and returns what the client needs to log in.
func validate(servers string, options Options) ([]nats.Option, error) {
	if err := validateURLs(servers); err != nil {
		return nil, err
	}
	if options.Replicas < 0 {
		return nil, &domain.Violation{Field: "nats-replicas", Detail: fmt.Sprintf("must be a number of copies, such as 3, got %d", options.Replicas)}
	}
	return options.login()
}

// validateURLs rejects malformed URLs. Its error does not repeat the URL, which may hold a password.
func validateURLs(servers string) error {
	for server := range strings.SplitSeq(servers, ",") {
		server = strings.TrimSpace(server)
		if !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		u, err := url.Parse(server)
		if err != nil || u.Hostname() == "" || !strings.Contains(" nats tls ws wss ", " "+u.Scheme+" ") {
			return fmt.Errorf("nats: %w: a broker's URL must look like nats://host:4222; separate several with commas",
				domain.ErrInvalidArgument)
		}
	}
	return nil
}

// login returns the client's options for the files. Each file is tried, because the client would retry for ever with a bad one.
func (o Options) login() (all []nats.Option, err error) {
	if o.Creds != "" && o.NKey != "" {
		return nil, &domain.Violation{Field: "nats-nkey", Detail: "must not be given together with --nats-creds"}
	}
	if o.Creds != "" {
		option := nats.UserCredentials(o.Creds)
		if err := tryCreds(option); err != nil {
			return nil, badFile("nats-creds", "a user's JWT and seed, as nsc makes it", err)
		}
		all = append(all, option)
	}
	if o.NKey != "" {
		option, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, badFile("nats-nkey", "a user's seed, which begins with SU", err)
		}
		all = append(all, option)
	}
	if o.CA != "" {
		option := nats.RootCAs(o.CA)
		if err := option(new(nats.Options)); err != nil {
			return nil, badFile("nats-ca", "certificates of authorities, in PEM", err)
		}
		all = append(all, option)
	}
	return all, nil
}

// tryCreds reads the JWT, and signs something with the seed. The client would send any text without a JWT to the broker, also a seed.
func tryCreds(option nats.Option) error {
	var o nats.Options
	if err := option(&o); err != nil {
		return err
	}
	token, err := o.UserJWT()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(token, "ey") || strings.Count(token, ".") != 2 {
		return errors.New("it has no JWT")
	}
	_, err = o.SignatureCB([]byte("try"))
	return err
}

func badFile(flag, holds string, err error) error {
	return &domain.Violation{Field: flag, Detail: fmt.Sprintf("must be a file with %s: %v", holds, err)}
}

// warnOfReadableSecrets warns if each user of the machine can read a file with a seed.
func (o Options) warnOfReadableSecrets(log *slog.Logger) {
	for _, path := range []string{o.Creds, o.NKey} {
		file, err := os.Stat(path)
		if err == nil && file.Mode().Perm()&0o004 != 0 && runtime.GOOS != "windows" { // which has other permissions
			log.Warn("each user of this machine can read the broker's credentials: chmod 600 the file", "file", path)
		}
	}
}

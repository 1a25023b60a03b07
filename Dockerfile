# One static binary, with no system around it, that runs as nobody.
#
#   docker build -t roster .
#   docker run --rm -v roster-data:/data roster course list
#
# serve listens on the loopback only, which here is the container's own: publish a port with --oidc-issuer and
# --addr 0.0.0.0:8080 (compose.yaml does), or run it with --network host to try it on this machine.
#
# There is no HEALTHCHECK. It would run inside, where there is nothing but roster to run: have the orchestrator ask
# GET /healthz whether to restart it, and GET /readyz whether to send it requests.

FROM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# gRPC's own pages about its calls, which nobody sees here, are left out: for their templates the linker keeps every method there is.
RUN CGO_ENABLED=0 go build -tags grpcnotrace -trimpath -ldflags="-s -w" -o /out/roster ./cmd/roster
RUN mkdir /out/data

FROM scratch
# Whom to believe: a provider of tokens, a database and a broker are asked by TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/roster /roster
COPY --from=build --chown=65532:65532 /out/data /data
ENV ROSTER_DATA_DIR=/data
WORKDIR /data
VOLUME /data
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/roster"]
CMD ["serve"]

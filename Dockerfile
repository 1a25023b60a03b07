# An image with one static binary, without an operating system, that runs as an unprivileged user.
#
#   docker build -t roster .
#   docker run --rm -v roster-data:/data roster course list
#
# serve listens on the loopback only, which here is the container's own: publish a port with --oidc-issuer and
# --addr 0.0.0.0:8080 (compose.yaml does), or run it with --network host to try it on this machine.
#
# There is no HEALTHCHECK: it would run inside the container, which contains no other program. Let the orchestrator send
# GET /healthz to decide whether to restart the container, and GET /readyz to decide whether to send it requests.

FROM golang:1.26.8@sha256:9d2f36f06329b2a141b9db99ffa32765cf695ee57b813ca29e245e8670bcbfff AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Without gRPC's trace pages, which nothing shows here: because of their templates, the linker would keep every method.
RUN CGO_ENABLED=0 go build -tags grpcnotrace -trimpath -ldflags="-s -w" -o /out/roster ./cmd/roster
RUN mkdir /out/data

FROM scratch
# Certificate authorities, for TLS to a token provider, a database and a broker.
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

# syntax=docker/dockerfile:1

# The relay as a small image: one binary, CA certificates, no shell.
#
#   docker build -t tr-05-sumo-logic-cloud-siem .
#   docker run -dp 9090:9090 tr-05-sumo-logic-cloud-siem
#
# Base images are pinned to exact tags. To pin their digests too, as CONTRIBUTING.md tells, or to take them from a
# mirror: --build-arg RUST_IMAGE=rust:1.95.0-bookworm@sha256:… --build-arg RUNTIME_IMAGE=…@sha256:…
# Builder and runtime are of the same Debian release, so that the binary finds the C library it was linked with.
ARG RUST_IMAGE=docker.io/library/rust:1.95.0-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/base-nossl-debian12:nonroot

FROM ${RUST_IMAGE} AS chef
ARG CARGO_CHEF_VERSION=0.1.78
ARG CARGO_AUDITABLE_VERSION=0.7.7
RUN cargo install --locked "cargo-chef@${CARGO_CHEF_VERSION}" "cargo-auditable@${CARGO_AUDITABLE_VERSION}"
WORKDIR /build

# What dependencies there are: a file that stays the same as long as they do.
FROM chef AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS build
# Relocations in short form, which the C library of this Debian reads: 0.6 MB less of idle memory.
ENV RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs"
# Dependencies alone, in a layer that a change of our own code leaves in place.
COPY --from=plan /build/recipe.json recipe.json
RUN cargo chef cook --locked --profile dist --package relay-server --features otlp --bin relay-server --recipe-path recipe.json
COPY . .
# With the list of its dependencies inside, which scanners read.
RUN cargo auditable build --locked --profile dist --package relay-server --features otlp --bin relay-server \
    && cp target/dist/relay-server /relay-server \
    && cp "$(cc -print-file-name=libgcc_s.so.1)" /libgcc_s.so.1 \
    && /relay-server --version

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Sumo Logic Cloud SIEM relay for Cisco XDR" \
      org.opencontainers.image.description="Answers Cisco XDR with what Sumo Logic Cloud SIEM knows about observables." \
      org.opencontainers.image.source="https://github.com/CiscoSecurity/tr-05-sumo-logic-cloud-siem" \
      org.opencontainers.image.documentation="https://github.com/CiscoSecurity/tr-05-sumo-logic-cloud-siem/blob/main/README.md" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The one library that the binary needs and the small base image lacks.
COPY --from=build /libgcc_s.so.1 /usr/lib/libgcc_s.so.1
COPY --from=build /relay-server /relay-server
# Threads take memory from two places, not from one each: less of it at load. Each keeps 64 free pieces of every small size, not 7,
# so that they seldom wait for one another, and gives blocks of 4 MiB back to the system at once (docs/performance.md).
ENV GLIBC_TUNABLES=glibc.malloc.arena_max=2:glibc.malloc.tcache_count=64:glibc.malloc.mmap_threshold=4194304
# The demo listens on loopback elsewhere, which cannot be reached from outside of a container.
ENV RELAY_DEMO_LISTEN=0.0.0.0:9090
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 9090
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["/relay-server", "health"]
ENTRYPOINT ["/relay-server"]
CMD ["serve"]

# The verifier on a distroless base, for linux/amd64 and linux/arm64.
# Build: npm run image

# The build runs on the builder's architecture. An executable for another architecture has no code cache.
FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS build
# strip removes the executable's symbols. The code cache is made on the embedded AWS, which needs Python.
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates python3-venv && rm -rf /var/lib/apt/lists/*
# pip trusts the system's certificate authorities, which can include your company's.
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
WORKDIR /build
COPY package.json package-lock.json .npmrc LICENSE ./
COPY commands/setup.mjs commands/
COPY local/requirements.txt local/
RUN node commands/setup.mjs npm python
COPY . .
ARG COMMIT=unknown
ARG TARGETARCH
RUN case "${TARGETARCH:-$(node -p process.arch)}" in \
      arm64) arch=arm64 executable=verifier-arm64 ;; \
      *) arch=x64 executable=verifier ;; \
    esac && \
    VERIFIER_COMMIT=$COMMIT node_modules/.bin/tsx commands/package.ts --arch $arch && \
    mkdir image && mv dist/$executable image/verifier && mv dist/THIRD-PARTY-NOTICES image/

FROM gcr.io/distroless/cc-debian12:nonroot
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="qovery-irsa verifier" \
      org.opencontainers.image.description="Proves in the pod that a service has the AWS access it should have, or names the cause" \
      org.opencontainers.image.source="https://github.com/qovery-irsa/qovery-irsa" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$COMMIT"
COPY --from=build /build/image/ /
USER 65532:65532
ENTRYPOINT ["/verifier"]

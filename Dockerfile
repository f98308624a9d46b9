# The verifier on a distroless base. Build: docker build --build-arg COMMIT=$(git rev-parse --short=12 HEAD) -t verifier .
FROM node:22-bookworm-slim AS build
# strip makes the executable a seventh smaller.
RUN apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY iam iam
COPY verifier verifier
COPY commands commands
ARG COMMIT=unknown
RUN VERIFIER_COMMIT=$COMMIT node_modules/.bin/tsx commands/package.ts

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="qovery-irsa verifier" \
      org.opencontainers.image.description="Proves in the pod that a service has the AWS access it should have, or names the cause" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /build/dist/verifier /verifier
USER 65532:65532
ENTRYPOINT ["/verifier"]

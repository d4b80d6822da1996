# The page is built with development packages, which stay behind; the last stage has what runs and nothing else.
# `--target chromium` has a browser as well, for WHATSAPP_WEB=1.
FROM node:24-slim AS page
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install script is needed for the build, and none of a dependency gets to run.
RUN npm ci --ignore-scripts
COPY adapters/web/page adapters/web/page
COPY src/markdown src/markdown
COPY src/ops src/ops
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# npm keeps TypeScript as an optional peer, and one package ships its test coverage: nothing of it runs.
# The image has a Node of its own; the packages' would be 120 MB more.
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/node-linux-* node_modules/typescript node_modules/@typescript node_modules/fluent-ffmpeg/coverage

FROM node:24-slim AS runtime
WORKDIR /app
COPY --from=packages /build/node_modules node_modules
COPY package.json ./
COPY config config
COPY adapters adapters
COPY workers workers
COPY src src
COPY --from=page /build/adapters/web/page/dist adapters/web/page/dist
COPY --from=page /build/src/ops/page/dist src/ops/page/dist
# In the container everyone may connect; who reaches the container is decided by what it publishes.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 NODE_COMPILE_CACHE=/tmp/node-compile-cache
# As scripts/run.sh has it: memory that was freed goes back to the machine.
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
# HTTPS_PROXY counts when it is set, but not for the container itself.
ENV NODE_USE_ENV_PROXY=1 NO_PROXY=localhost,127.0.0.1,::1,[::1]
# Owns none of the files above, and needs to write nowhere: all that lasts is in REDIS_URL.
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm: it handles the signals, and starts no child that an init would have to collect.
CMD ["node", "--max-semi-space-size=8", "src/app/main.ts"]

FROM runtime AS chromium
USER root
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends chromium \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /data
USER node
# The linked device's session lies in /data: mount a volume there, or it has to be scanned anew.
ENV WHATSAPP_WEB=1 CHROMIUM_PATH=/usr/bin/chromium DATA_DIR=/data
VOLUME /data

FROM runtime

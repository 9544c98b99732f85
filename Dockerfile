# The image of Hookline: one process, without a shell around it and without root.
# Build it with: docker build -t hookline:local .

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts need files that come later; the build makes the pages by name.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/build-ui.ts scripts/ui-bundle.ts scripts/ui-budgets.ts scripts/ui-types.ts scripts/
COPY ui ui
COPY bin bin
COPY src src
COPY demo demo
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/bin bin
COPY package.json LICENSE ./
# By number, so that Kubernetes can verify that it is not root.
USER 1000:1000
# The public listener, and the admin listener if HOOKLINE_ADMIN_LISTEN uses this port.
EXPOSE 8080 8081
# The timeout is longer than the detection of a lost database; 503 means that it cannot be written.
HEALTHCHECK --interval=5s --timeout=8s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HOOKLINE_PORT || 8080}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The flag limits the young heap, as the first line of bin/hookline.js does. Node itself gets SIGTERM.
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/src/main.js"]
CMD ["serve"]

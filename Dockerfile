# An image for each process: `docker compose build`, or `docker build --target gateway .`
# pnpm links the workspace's packages; copied under node_modules, Node would not run their TypeScript.

FROM node:24.21.0-bookworm-slim AS base
ENV NODE_ENV=production
WORKDIR /app

# What a process depends on, apart from its source: a change of source alone installs nothing anew.
FROM base AS workspace
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY patches patches/
COPY packages/openapi/package.json packages/openapi/
COPY packages/service-kit/package.json packages/service-kit/

FROM workspace AS gateway-dependencies
COPY services/gateway/package.json services/gateway/
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod --filter-prod gateway... --store-dir /pnpm/store

FROM workspace AS user-service-dependencies
COPY packages/events/package.json packages/events/
COPY services/user-service/package.json services/user-service/
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod --filter-prod user-service... --store-dir /pnpm/store

FROM workspace AS crm-service-dependencies
COPY packages/events/package.json packages/events/
COPY services/crm-service/package.json services/crm-service/
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod --filter-prod crm-service... --store-dir /pnpm/store

FROM workspace AS migrate-dependencies
COPY services/migrate/package.json services/migrate/
RUN --mount=type=cache,id=pnpm-store,target=/pnpm/store \
    pnpm install --frozen-lockfile --prod --filter-prod migrate... --store-dir /pnpm/store

# Files belong to root: the user that runs the process may read them and change none.
FROM base AS runtime
STOPSIGNAL SIGTERM
USER node
COPY docker/healthcheck.ts docker/

FROM runtime AS gateway
COPY --from=gateway-dependencies /app ./
COPY openapi/gateway.json openapi/user-service.json openapi/crm-service.json openapi/
COPY packages/openapi/src packages/openapi/src/
COPY packages/service-kit/src packages/service-kit/src/
COPY services/gateway/src services/gateway/src/
WORKDIR /app/services/gateway
EXPOSE 4000 4001
CMD ["node", "src/server.ts"]

FROM runtime AS user-service
COPY --from=user-service-dependencies /app ./
COPY drizzle/user_db drizzle/user_db/
COPY packages/openapi/src packages/openapi/src/
COPY packages/service-kit/src packages/service-kit/src/
COPY packages/events/src packages/events/src/
COPY services/user-service/src services/user-service/src/
WORKDIR /app/services/user-service
EXPOSE 8002
CMD ["node", "src/server.ts"]

FROM runtime AS crm-service
COPY --from=crm-service-dependencies /app ./
COPY drizzle/crm_db drizzle/crm_db/
COPY packages/openapi/src packages/openapi/src/
COPY packages/service-kit/src packages/service-kit/src/
COPY packages/events/src packages/events/src/
COPY services/crm-service/src services/crm-service/src/
WORKDIR /app/services/crm-service
EXPOSE 8001
CMD ["node", "src/server.ts"]

FROM crm-service AS crm-worker
EXPOSE 8011
CMD ["node", "src/worker.ts"]

FROM runtime AS migrate
COPY --from=migrate-dependencies /app ./
COPY drizzle/user_db drizzle/user_db/
COPY drizzle/crm_db drizzle/crm_db/
COPY packages/openapi/src packages/openapi/src/
COPY packages/service-kit/src packages/service-kit/src/
COPY services/migrate/src services/migrate/src/
WORKDIR /app/services/migrate
CMD ["node", "src/migrate.ts"]

# `docker compose run --rm operator keys list`: the arguments are the command's, and the image's own program takes them.
FROM runtime AS operator
COPY --from=user-service-dependencies /app ./
COPY packages/openapi/src packages/openapi/src/
COPY packages/service-kit/src packages/service-kit/src/
COPY packages/events/src packages/events/src/
COPY services/user-service/src services/user-service/src/
COPY scripts/command-line scripts/command-line/
COPY scripts/dlq scripts/dlq/
COPY scripts/keys scripts/keys/
COPY scripts/operator.ts scripts/
ENTRYPOINT ["node", "/app/scripts/operator.ts"]
CMD ["--help"]

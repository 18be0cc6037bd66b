# The bot in a container: no root, nothing to write but /app/data, nothing inside that the bot does not need.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock ./
# The base image's pip fills an environment that has none of its own: less to carry, less to attack.
RUN python -m venv --without-pip .venv \
    && pip --python .venv/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
        --require-hashes -r requirements.lock
COPY bot bot
COPY messages messages
COPY scripts/bonewatch scripts/bonewatch
# Compiled here, because the running container cannot write.
RUN .venv/bin/python -m compileall -q bot messages .venv/lib \
    && ln -s ../../scripts/bonewatch .venv/bin/bonewatch

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin bonewatch
WORKDIR /app
COPY LICENSE NOTICE ./
COPY --from=build /app /app
RUN install -d -o bonewatch -g bonewatch -m 0700 data
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 BONEWATCH_LOG_FORMAT=json
USER bonewatch
VOLUME /app/data
STOPSIGNAL SIGTERM
# Alive means: the process answers. Whether it can work is /readyz, which must not restart it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('BONEWATCH_ADMIN_PORT') or 8081), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["bonewatch"]
CMD ["run"]

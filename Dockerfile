# syntax=docker/dockerfile:1
# One image for three processes: `api` (the default), `worker`, `sweeper`; also `migrate` and every other command of `python -m service`.
# The target `sandbox` adds the sandbox bank, for trying things out; the plain image has no code of development.

ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS dependencies
# The uv that uv.lock itself names.
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON=/usr/local/bin/python \
    UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock ./
# Wheels only: nothing is compiled, and what is installed is what the lock file hashes.
RUN uv sync --frozen --no-dev --no-install-project --no-build --no-cache

FROM python:${PYTHON} AS code
WORKDIR /app
COPY schemas schemas
COPY service service
COPY workers workers
# Compiled here, because the running container can write nothing; a changed time of a file changes nothing.
RUN mv service/devstack /devstack \
    && python -m compileall -q --invalidation-mode unchecked-hash schemas service workers /devstack

FROM python:${PYTHON} AS service
RUN groupadd --system --gid 10001 makegood \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin makegood \
    && install --directory --owner makegood --group makegood --mode 0700 /var/lib/makegood /var/lib/makegood/photos
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MAKEGOOD_ENVIRONMENT=production \
    MAKEGOOD_HOST=0.0.0.0 \
    MAKEGOOD_PORT=8000 \
    MAKEGOOD_PHOTOS_URL=file:///var/lib/makegood/photos
COPY --from=dependencies /app/.venv .venv
COPY --from=code /app ./
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# For the API; worker and sweeper answer no HTTP and have checks of their own in compose.yaml.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"MAKEGOOD_PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["api"]

FROM service AS sandbox
USER 0:0
RUN install --directory --owner makegood --group makegood --mode 0700 /var/lib/makegood/bank
COPY --from=code /devstack/__init__.py service/devstack/
COPY --from=code /devstack/bank service/devstack/bank
USER 10001:10001
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9000/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "service.devstack.bank"]
CMD ["--host", "0.0.0.0", "--port", "9000", "--folder", "/var/lib/makegood/bank"]

# The last stage is what `docker build .` makes.
FROM service AS makegood

# syntax=docker/dockerfile:1
# One image; the command chooses the process: `commerce serve`, `commerce worker`, `commerce migrate`.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

# Every wheel is checked against its hash here; what follows installs from these alone.
COPY requirements.lock .
RUN pip wheel --require-hashes --requirement requirements.lock --wheel-dir /wheels

COPY . .
RUN pip install --no-index --find-links /wheels hatchling \
    && pip wheel --no-deps --no-build-isolation --wheel-dir /dist .
RUN python -m venv --without-pip /opt/commerce \
    && pip --python /opt/commerce install --no-index --find-links /wheels "$(echo /dist/*.whl)[otel]" \
    && /opt/commerce/bin/python -m compileall -q /opt/commerce/lib \
    && /opt/commerce/bin/python -P -m server.importing


FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data commerce \
    && install --directory --owner commerce --group commerce --mode 0700 /data
COPY --from=build /opt/commerce /opt/commerce

ENV PATH=/opt/commerce/bin:$PATH PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 PORT=8000 DATA_DIR=/data COMMERCE_LOG_FORMAT=json
USER commerce
WORKDIR /data
VOLUME /data
EXPOSE 8000

# Of the web process. A worker answers no requests: run it with `--no-healthcheck`.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health/ready\", timeout=4)"]

CMD ["commerce", "serve"]

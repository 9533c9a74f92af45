# mtango-ref in a container: the real facility that TANGO_HOST names, without it a simulated one.
#
#   docker build . -t mtango-ref
#   docker run -p 8000:8000 -e TANGO_HOST=mylab:10000 mtango-ref
#
# Arguments after the image's name are options of `mtango-ref serve`. Nothing is written: it runs
# with --read-only, too.

ARG PYTHON=3.13

FROM python:${PYTHON}-slim-bookworm AS build
RUN python -m venv /opt/mtango-ref
WORKDIR /src
COPY . .
# The versions that the tests passed with.
RUN /opt/mtango-ref/bin/pip install --no-cache-dir --disable-pip-version-check \
    -c tests/constraints.txt .

FROM python:${PYTHON}-slim-bookworm
COPY --from=build /opt/mtango-ref /opt/mtango-ref
ENV PATH="/opt/mtango-ref/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MTANGO_HOST=0.0.0.0 \
    MTANGO_PORT=8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"MTANGO_PORT\"]}/health/live', timeout=4)"]
ENTRYPOINT ["sh", "-c", "exec mtango-ref serve ${TANGO_HOST:+--backend tango} \"$@\"", "mtango-ref"]

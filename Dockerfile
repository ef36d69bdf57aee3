# ccost in a container: one process, no root, one volume for the database file.
#   docker build -t ccost .
#   docker run --env-file .env -v ccost:/data ccost
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/ccost
COPY requirements.lock ./
RUN /opt/ccost/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/ccost/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data ccost && install -d -o ccost -g ccost -m 0700 /data
COPY --from=build /opt/ccost /opt/ccost
USER ccost
WORKDIR /data
VOLUME /data
# The port is for /healthz, and for Slack in HTTP mode.
ENV CCOST_DATABASE_URL=sqlite:////data/ccost.db CCOST_HOST=0.0.0.0 PYTHONUNBUFFERED=1
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["/opt/ccost/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/healthz', timeout=4)"]
ENTRYPOINT ["/opt/ccost/bin/ccost"]
CMD ["run"]

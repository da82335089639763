FROM python:3.12-slim-bookworm AS build
WORKDIR /build
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/kulant \
    && /opt/kulant/bin/pip install --no-cache-dir --require-hashes --requirement requirements/runtime.txt
COPY pyproject.toml LICENSE ./
COPY src src
COPY templates templates
COPY static static
COPY migrations migrations
COPY locale locale
RUN /opt/kulant/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
COPY scripts/system_packages.sh /tmp/system_packages.sh
RUN /tmp/system_packages.sh runtime \
    && rm -rf /tmp/system_packages.sh /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/kulant kulant
COPY --from=build /opt/kulant /opt/kulant
ENV PATH=/opt/kulant/bin:$PATH PYTHONUNBUFFERED=1
USER kulant
# The database (when it is SQLite), the outbox and the documents lie in the working directory.
WORKDIR /var/lib/kulant
VOLUME /var/lib/kulant
EXPOSE 8000
CMD ["kulant", "serve", "--host", "0.0.0.0", "--port", "8000"]

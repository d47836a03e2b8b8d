# The CORE OS API. Built from the project's root:
#   docker build -f systems/coreos/Dockerfile.ts -t coreos-ts .
# The base is any image with Python 3.11 or later and the packages of the group `systems`;
# `python -m systems.base_image` makes one where no registry can be reached.
ARG BASE_IMAGE=proofbook-base:local
FROM ${BASE_IMAGE}

# Frozen into the pages that a browser loads: another value is another build.
ARG NEXT_PUBLIC_FIREBASE_API_KEY
ARG NEXT_PUBLIC_FIREBASE_AUTH_DOMAIN
ARG NEXT_PUBLIC_FIREBASE_PROJECT_ID
ARG NEXT_PUBLIC_FIREBASE_STORAGE_BUCKET
ARG NEXT_PUBLIC_FIREBASE_MESSAGING_SENDER_ID
ARG NEXT_PUBLIC_FIREBASE_APP_ID
ARG NEXT_PUBLIC_AUTH_MODE
ARG NEXT_PUBLIC_SUPER_ADMIN_ID

WORKDIR /app
COPY systems/chassis systems/chassis
COPY systems/coreos systems/coreos
ENV COREOS_BUILD_DIR=/app/build
RUN python3 -m systems.coreos.build && python3 -m compileall -q systems

# Last, so that a release that differs in its name alone shares all that stands above.
ARG COMMIT_SHA=dev
ENV COMMIT_SHA=${COMMIT_SHA} HOST=0.0.0.0 PORT=3001
USER 1001:1001
EXPOSE 3001
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python3", "-m", "systems.coreos.healthcheck", "api"]
CMD ["python3", "-m", "systems.coreos.api"]

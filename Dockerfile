# Two images of the integration:
#   docker build --target lean -t msgraph-user:latest .   the program, in place of Python
#   docker build --target full -t msgraph-user:full .     the program beside the platform's Python
# Neither names a user: the platform chooses one, and the program runs as any.
ARG GO_IMAGE=golang:1.26
ARG PLATFORM_IMAGE=demisto/python3
ARG PLATFORM_TAG=3.12.8.3295748

FROM ${GO_IMAGE} AS build
ARG VERSION=
WORKDIR /source
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN VERSION=${VERSION} platform/leanroot.sh /root-of-lean

FROM ${PLATFORM_IMAGE}:${PLATFORM_TAG} AS full
COPY --from=build /root-of-lean/usr/local/bin/msgraph-user /usr/local/bin/msgraph-user

FROM scratch AS lean
COPY --from=build /root-of-lean /
ENV PATH=/usr/local/bin
WORKDIR /work
CMD ["msgraph-user", "loop"]

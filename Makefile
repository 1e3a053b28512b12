# Builds of msgraph-user. Tests and everything else that a change has to pass: .ci/run

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X msgraph-user/internal/cli.version=$(VERSION)
# No time stamps, no paths of this machine: the same source gives the same bytes.
BUILD    = CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'

TARGETS = linux-amd64 linux-arm64 darwin-amd64 darwin-arm64 windows-amd64 windows-arm64

.PHONY: build dist $(TARGETS) generate clean

build:
	$(BUILD) -o bin/msgraph-user .

# Release files for all systems, what they are made of, and their sums.
dist: build $(TARGETS)
	bin/msgraph-user version --sbom > dist/msgraph-user-$(VERSION).cdx.json
	cd dist && sha256sum msgraph-user-* > SHA256SUMS

$(TARGETS):
	GOOS=$(word 1,$(subst -, ,$@)) GOARCH=$(word 2,$(subst -, ,$@)) \
		$(BUILD) -o dist/msgraph-user-$(VERSION)-$@$(if $(findstring windows,$@),.exe) .

# Files that are made from others: the command reference, integration.json, tables.
generate:
	go generate ./internal/definition
	go test ./test/docs -run TestPermissionTable -update

clean:
	rm -rf bin dist

# Builds of msgraph-user. Tests and everything else that a change has to pass: .ci/run

# No time stamps, no paths of this machine: the same source gives the same bytes.
BUILD = CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'

.PHONY: build dist generate clean

build:
	$(BUILD) -o bin/msgraph-user .

# Release files for six systems: archives, what they are made of, and checksums.
dist:
	go run ./tools/dist dist

# Files that are made from others: the command reference, the definition as data, tables.
generate:
	go generate ./internal/definition
	go test ./test/docs -run TestPermissionTable -update
	go run ./tools/pictures

clean:
	rm -rf bin dist

package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/definition"
)

// environmentValue matches a value that stands for one of the environment.
var environmentValue = regexp.MustCompile(`^env:([A-Za-z_][A-Za-z0-9_]*)$`)

// readPairs reads name=value arguments. A value may stand for one that is kept
// elsewhere, so that nothing secret needs to stand in a command line:
//
//	name=-         standard input, to its end
//	name=@FILE     the content of a file; name=@@text is the text @text
//	name=env:NAME  an environment variable; name=env::text is the text env:text
//
// The last line break of an input or file is left out, but for the argument that is a
// file itself: it is passed on to the byte, as base64.
func (p *program) readPairs(ctx context.Context, pairs []string) (map[string]any, error) {
	args := map[string]any{}
	fromStdin := ""
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, usagef("%q is not name=value, such as user=adele@contoso.com", pair)
		}
		if _, twice := args[name]; twice {
			return nil, usagef("%s is given twice", name)
		}
		if value == "-" {
			if fromStdin != "" {
				return nil, usagef("%s and %s cannot both be read from standard input", fromStdin, name)
			}
			fromStdin = name
		}
		if name == definition.FileArgument {
			value, err := p.readWhole(ctx, value)
			if err != nil {
				return nil, usageError{fmt.Errorf("%s: %w", name, err)}
			}
			args[name] = value
			continue
		}
		text, err := p.readValue(ctx, value)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", name, err)}
		}
		args[name] = text
	}
	return args, nil
}

// standsForAnother reports whether a value stands for one that is kept elsewhere.
func standsForAnother(value string) bool {
	return value == "-" || strings.HasPrefix(value, "@") && !strings.HasPrefix(value, "@@") || environmentValue.MatchString(value)
}

// readValue returns a value, or what it stands for.
func (p *program) readValue(ctx context.Context, value string) (string, error) {
	switch {
	case value == "-":
		data, err := bounded.ReadAll(ctx, p.streams.Stdin, "standard input", bounded.Value)
		return withoutLineEnd(data), err
	case strings.HasPrefix(value, "@@"):
		return value[1:], nil
	case strings.HasPrefix(value, "@"):
		data, err := bounded.ReadFile(ctx, value[1:], bounded.Value)
		return withoutLineEnd(data), err
	case strings.HasPrefix(value, "env::"):
		return "env:" + strings.TrimPrefix(value, "env::"), nil
	}
	if match := environmentValue.FindStringSubmatch(value); match != nil {
		found := p.streams.Getenv(match[1])
		if found == "" {
			return "", fmt.Errorf("the environment variable %s is not set", match[1])
		}
		return found, nil
	}
	return value, nil
}

// readWhole returns the value of an argument that is a file: the base64 of what @FILE or
// - names, else the text itself.
func (p *program) readWhole(ctx context.Context, value string) (string, error) {
	var data []byte
	var err error
	switch {
	case value == "-":
		data, err = bounded.ReadAll(ctx, p.streams.Stdin, "standard input", bounded.Data)
	case strings.HasPrefix(value, "@"):
		data, err = bounded.ReadFile(ctx, value[1:], bounded.Data)
	default:
		return p.readValue(ctx, value)
	}
	return base64.StdEncoding.EncodeToString(data), err
}

func withoutLineEnd(data []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
}

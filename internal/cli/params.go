package cli

import (
	"context"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/definition"
)

// readParams reads an instance's parameters from a JSON or YAML file. A text
// value "env:NAME" is taken from the environment and "file:PATH" from a file,
// whose last line break is left out, so that no secret needs to stand in it.
func readParams(ctx context.Context, path string, getenv func(string) string) (map[string]any, error) {
	data, err := bounded.ReadFile(ctx, path, bounded.Settings)
	if err != nil {
		return nil, fmt.Errorf("read the parameters: %w", err)
	}
	var params map[string]any
	if err := yaml.Unmarshal(data, &params); err != nil { // JSON is YAML
		return nil, fmt.Errorf("the parameters in %s are neither JSON nor YAML: %w", path, err)
	}
	if params == nil {
		params = map[string]any{}
	}
	return params, resolveAll(ctx, path, params, getenv)
}

// resolveAll replaces the references in parameters, which stand in the file at path.
func resolveAll(ctx context.Context, path string, params map[string]any, getenv func(string) string) error {
	for name, value := range params {
		resolved, err := resolve(ctx, value, getenv)
		if err != nil {
			return fmt.Errorf("parameter %s in %s: %w", name, path, err)
		}
		params[name] = resolved
	}
	return nil
}

// checkParams refuses a file with a parameter that integration.yml does not have: in
// a file that a person wrote, it is mistyped.
func checkParams(integration *definition.Integration, path string, params map[string]any) error {
	unknown, err := integration.CheckParameters(params)
	if err == nil && len(unknown) > 0 {
		err = integration.UnknownParameter(unknown[0])
	}
	if err != nil {
		return fmt.Errorf("the parameters in %s: %w", path, err)
	}
	return nil
}

// resolve replaces the references in a value, and in the members of an object.
func resolve(ctx context.Context, value any, getenv func(string) string) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			resolved, err := resolve(ctx, member, getenv)
			if err != nil {
				return nil, err
			}
			v[name] = resolved
		}
		return v, nil
	case string:
		return resolveText(ctx, v, getenv)
	}
	return value, nil
}

func resolveText(ctx context.Context, text string, getenv func(string) string) (string, error) {
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		found := getenv(name)
		if found == "" {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return found, nil
	}
	if path, ok := strings.CutPrefix(text, "file:"); ok {
		data, err := bounded.ReadFile(ctx, path, bounded.Secret)
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(data), "\r\n"), nil
	}
	return text, nil
}

package main

import (
	"fmt"
	"strings"

	"msgraph-user/internal/definition"
)

// commandReference writes docs/commands.md: every command with its arguments and
// the context paths that it fills.
func commandReference(integration *definition.Integration) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# Commands of %s\n\n", integration.Display)
	out.WriteString("<!-- Written from integration.yml by `go generate ./internal/definition`. Change integration.yml, not this file. -->\n\n")
	fmt.Fprintf(&out, "%s\n\n", integration.Description)
	for _, name := range integration.CommandNames() {
		fmt.Fprintf(&out, "- [%s](#%s)\n", name, name)
	}
	for _, name := range integration.CommandNames() {
		command, _ := integration.Command(name)
		writeCommand(&out, command)
	}
	return out.String()
}

func writeCommand(out *strings.Builder, command *definition.Command) {
	fmt.Fprintf(out, "\n## %s\n\n", command.Name)
	for _, flag := range flags(command) {
		fmt.Fprintf(out, "> %s\n", flag)
	}
	if len(flags(command)) > 0 {
		out.WriteString("\n")
	}
	fmt.Fprintf(out, "%s\n", command.Description)
	writeArguments(out, command.Args)
	writeOutputs(out, command.Outputs)
}

// flags says what the platform treats specially about a command.
func flags(command *definition.Command) []string {
	var flags []string
	if command.Deprecated {
		flags = append(flags, "**Deprecated.** It works as before; new playbooks should not use it.")
	}
	if command.Execution {
		flags = append(flags, "**Potentially harmful.** The platform warns before it is run.")
	}
	if command.Polling {
		flags = append(flags, "**Scheduled.** Where it takes long, the platform runs it again until the work is done.")
	}
	return flags
}

func writeArguments(out *strings.Builder, arguments []definition.Argument) {
	if len(arguments) == 0 {
		out.WriteString("\nArguments: none.\n")
		return
	}
	out.WriteString("\n| Argument | | Default | Description |\n| --- | --- | --- | --- |\n")
	for n := range arguments {
		argument := &arguments[n]
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", argument.Name,
			strings.Join(properties(argument), ", "), code(argument.Default), cell(description(argument)))
	}
}

// properties names in a word each what is special about an argument.
func properties(argument *definition.Argument) []string {
	var words []string
	for _, property := range []struct {
		word string
		is   bool
	}{
		{"required", argument.Required},
		{"secret", argument.Secret},
		{"list", argument.AcceptsList()},
		{"whole number", argument.IsNumber()},
		{"not for people", argument.Hidden},
	} {
		if property.is {
			words = append(words, property.word)
		}
	}
	return words
}

func description(argument *definition.Argument) string {
	if len(argument.Predefined) == 0 {
		return argument.Description
	}
	var allowed []string
	for _, value := range argument.Predefined {
		allowed = append(allowed, code(value))
	}
	return argument.Description + " Allowed: " + strings.Join(allowed, ", ") + "."
}

func writeOutputs(out *strings.Builder, outputs []definition.Output) {
	if len(outputs) == 0 {
		out.WriteString("\nContext: nothing.\n")
		return
	}
	out.WriteString("\n| Context path | Type | Description |\n| --- | --- | --- |\n")
	for _, output := range outputs {
		fmt.Fprintf(out, "| `%s` | %s | %s |\n", output.ContextPath, output.Type, cell(output.Description))
	}
}

// cell makes text fit a table's cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// code sets a value off as code; nothing stays nothing.
func code(value string) string {
	if value == "" {
		return ""
	}
	return "`" + cell(value) + "`"
}

package pack

import (
	"fmt"
	"strings"

	"msgraph-user/internal/definition"
)

// commandReference writes the integration's README in the form that the SDK
// expects: a section a command, with its base command, its input and its context.
// https://xsoar.pan.dev/docs/documentation/readme_file
func commandReference(integration *definition.Integration) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n## Configure %s in Cortex\n\n", integration.Description, integration.Display)
	out.WriteString("| **Parameter** | **Description** | **Required** |\n| --- | --- | --- |\n")
	for _, parameter := range integration.Parameters {
		if !parameter.Hidden {
			fmt.Fprintf(&out, "| %s | %s | %s |\n", cell(labelOf(parameter)), cell(parameter.Info), truth(parameter.Required))
		}
	}
	out.WriteString("\n## Commands\n\nYou can execute these commands from the CLI, as part of an automation, or in a playbook.\n" +
		"After you successfully execute a command, a DBot message appears in the War Room with the command details.\n")
	for n := range integration.Commands {
		if !integration.Commands[n].Hidden {
			writeCommand(&out, &integration.Commands[n])
		}
	}
	return out.String()
}

// labelOf returns what the form calls a parameter.
func labelOf(parameter definition.Parameter) string {
	if parameter.Display != "" {
		return parameter.Display
	}
	return parameter.DisplayPassword
}

func writeCommand(out *strings.Builder, command *definition.Command) {
	fmt.Fprintf(out, "\n### %s\n\n***\n", command.Name)
	if command.Deprecated {
		out.WriteString("Deprecated. ")
	}
	fmt.Fprintf(out, "%s\n\n#### Base Command\n\n`%s`\n\n#### Input\n\n", command.Description, command.Name)
	writeInput(out, command.Args)
	out.WriteString("\n#### Context Output\n\n")
	if len(command.Outputs) == 0 {
		out.WriteString("There is no context output for this command.\n")
		return
	}
	out.WriteString("| **Path** | **Type** | **Description** |\n| --- | --- | --- |\n")
	for _, output := range command.Outputs {
		fmt.Fprintf(out, "| %s | %s | %s |\n", output.ContextPath, output.Type, cell(output.Description))
	}
}

func writeInput(out *strings.Builder, arguments []definition.Argument) {
	shown := 0
	for _, argument := range arguments {
		if argument.Hidden {
			continue
		}
		if shown++; shown == 1 {
			out.WriteString("| **Argument Name** | **Description** | **Required** |\n| --- | --- | --- |\n")
		}
		description := argument.Description
		if len(argument.Predefined) > 0 {
			description += " Possible values are: " + strings.Join(argument.Predefined, ", ") + "."
		}
		if argument.Default != "" {
			description += " Default is " + argument.Default + "."
		}
		required := "Optional"
		if argument.Required {
			required = "Required"
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", argument.Name, cell(description), required)
	}
	if shown == 0 {
		out.WriteString("There are no input arguments for this command.\n")
	}
}

func truth(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// cell makes text fit a table's cell. The SDK reads README files as MDX, in which
// a bare < or { is code.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", ">", "&gt;", "{", "&#123;", "}", "&#125;").Replace(text)
}

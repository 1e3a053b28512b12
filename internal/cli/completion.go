package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/internal/definition"
)

func (p *program) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script with which a shell completes commands, arguments and values",
		Example: strings.Join([]string{
			"  source <(msgraph-user completion bash)",
			"  msgraph-user completion zsh > \"${fpath[1]}/_msgraph-user\"",
			"  msgraph-user completion fish > ~/.config/fish/completions/msgraph-user.fish",
			"  msgraph-user completion powershell | Out-String | Invoke-Expression",
		}, "\n"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion needs the name of one shell: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root, out := cmd.Root(), p.streams.Stdout; args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return usagef("there is no completion for %q; there is one for bash, zsh, fish and powershell", args[0])
		},
	}
}

// completeCommandName offers the names of commands for the first argument.
func (p *program) completeCommandName(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	defined := definition.Load()
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offered []string
	for _, name := range defined.ShownNames() {
		if command, _ := defined.Command(name); strings.HasPrefix(name, typed) {
			offered = append(offered, name+"\t"+command.Description)
		}
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

// completeCall offers commands, then the arguments of the one that is typed, then
// the values that an argument may have.
func (p *program) completeCall(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return p.completeCommandName(cmd, args, typed)
	}
	defined := definition.Load()
	command, ok := defined.Command(args[0])
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if name, _, hasValue := strings.Cut(typed, "="); hasValue {
		argument, ok := command.Argument(name)
		if !ok {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeValue(argument, typed), cobra.ShellCompDirectiveNoFileComp
	}
	return completeArgument(command, args[1:], typed), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

func completeArgument(command *definition.Command, given []string, typed string) []string {
	var offered []string
	for _, argument := range command.Args {
		prefix := argument.Name + "="
		taken := slices.ContainsFunc(given, func(pair string) bool { return strings.HasPrefix(pair, prefix) })
		if !taken && !argument.Hidden && strings.HasPrefix(argument.Name, typed) {
			offered = append(offered, prefix+"\t"+argument.Description)
		}
	}
	return offered
}

func completeValue(argument *definition.Argument, typed string) []string {
	var offered []string
	for _, value := range argument.Predefined {
		if pair := argument.Name + "=" + value; strings.HasPrefix(pair, typed) {
			offered = append(offered, pair)
		}
	}
	return offered
}

package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"msgraph-user/internal/pack"
)

func (p *program) packCommand() *cobra.Command {
	var zipped bool
	cmd := &cobra.Command{
		Use:   "pack DIR",
		Short: "Write the content pack for the platform, as a folder or as an archive",
		Long: `Write the content pack for the platform.

Without --zip, DIR becomes the folder of a pack for demisto-sdk: use
Packs/EntraIDUsers in a content repository. With --zip, the program writes the
archive EntraIDUsers.zip, for upload to the platform, into DIR.`,
		Example: "  msgraph-user pack Packs/EntraIDUsers\n  msgraph-user pack --zip .",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("pack needs the name of one directory")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return p.pack(args[0], zipped) },
	}
	cmd.Flags().BoolVar(&zipped, "zip", false, "write an archive to upload instead of a folder")
	return cmd
}

func (p *program) pack(dir string, zipped bool) error {
	if zipped {
		archive, err := pack.Archive(p.yml)
		if err != nil {
			return err
		}
		return p.writePack(dir, map[string][]byte{pack.Name + ".zip": archive})
	}
	files, err := pack.Folder(p.yml)
	if err != nil {
		return err
	}
	return p.writePack(dir, files)
}

// writePack writes files below dir, over those of an earlier pack, and lists them.
func (p *program) writePack(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write the pack: %w", err)
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return fmt.Errorf("write the pack: %w", err)
		}
		fmt.Fprintln(p.streams.Stdout, path)
	}
	return nil
}

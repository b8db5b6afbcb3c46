package config_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials/sharedfile"
)

// A gateway serves many tenants, each with a profile of its own. The files are read once for all of
// them. A Getenv that returns nothing keeps the gateway's own keys and tokens away from the tenants.
func ExampleLoad_tenants() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tenants")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "config")
	text := "[profile blue]\nregion = eu-west-1\naws_access_key_id = AKIABLUE\naws_secret_access_key = secret-of-blue\n" +
		"[profile green]\nregion = us-east-1\naws_access_key_id = AKIAGREEN\naws_secret_access_key = secret-of-green\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	files, err := sharedfile.Load(ctx, path, "") // once, for all tenants
	if err != nil {
		fmt.Println(err)
		return
	}
	clients := map[string]*client.Client{}
	for _, tenant := range []string{"blue", "green"} {
		cfg, err := config.Load(ctx, &config.Options{
			Profile: tenant,
			Files:   &files,
			Getenv:  func(string) string { return "" },
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		if clients[tenant], err = client.New(cfg); err != nil {
			fmt.Println(err)
			return
		}
		keys, err := cfg.Credentials(ctx)
		fmt.Println(tenant, cfg.Region, keys.AccessKeyID, err)
	}
	_, err = config.Load(ctx, &config.Options{Profile: "red", Files: &files, Getenv: func(string) string { return "" }})
	fmt.Println(err != nil)
	// Output:
	// blue eu-west-1 AKIABLUE <nil>
	// green us-east-1 AKIAGREEN <nil>
	// true
}

// BenchmarkTenants loads the configuration of one tenant of a thousand: with the files shared, and
// with the files read for each tenant.
func BenchmarkTenants(b *testing.B) {
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "config")
	var text []byte
	for i := range 1000 {
		text = fmt.Appendf(text, "[profile t%d]\nregion = eu-west-1\naws_access_key_id = AKIA%d\naws_secret_access_key = secret-%d\n", i, i, i)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	files, err := sharedfile.Load(ctx, path, "")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    config.Options
	}{
		{"shared", config.Options{Files: &files, Getenv: func(string) string { return "" }}},
		{"read", config.Options{Getenv: func(name string) string { return map[string]string{"AWS_CONFIG_FILE": path}[name] }}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				c.o.Profile = fmt.Sprintf("t%d", i%1000)
				if _, err := config.Load(ctx, &c.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

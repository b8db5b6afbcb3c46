package config_test

import (
	"context"
	"fmt"

	"bedrockwire/client"
	"bedrockwire/client/config"
)

// What the program sets wins over the environment and the files. The rest comes from there.
func ExampleLoad() {
	env := map[string]string{"AWS_REGION": "eu-west-1", "AWS_BEARER_TOKEN_BEDROCK": "bedrock-api-key-EXAMPLE"}
	cfg, err := config.Load(context.Background(), &config.Options{
		Region: "us-west-2",
		Getenv: func(name string) string { return env[name] },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.New(cfg); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Region, cfg.BearerToken != nil, cfg.Credentials != nil)
	// Output: us-west-2 true false
}

// Where each setting comes from, without secrets.
func ExampleExplain() {
	env := map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
	fmt.Print(config.Explain(&config.Options{Getenv: func(name string) string { return env[name] }}))
	// Output:
	// profile: none (no file has the profile "default")
	// region: eu-west-1 (AWS_REGION)
	// FIPS endpoints: false
	// dual-stack endpoints: false
	// endpoint: none
	// retry mode: standard
	// authentication: keys from environment variables (the chain)
	// credentials, in this order:
	//   yes  environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set
}

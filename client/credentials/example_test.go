package credentials_test

import (
	"context"
	"errors"
	"fmt"

	"bedrockwire/client/credentials"
	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/signer"
)

// A chain finds what is configured, and says what it did not find.
func ExampleChain() {
	env := map[string]string{"AWS_EC2_METADATA_DISABLED": "true"}
	chain := &credentials.Chain{Getenv: func(name string) string { return env[name] }}
	_, err := chain.Retrieve(context.Background())
	var e *credentials.Error
	if errors.As(err, &e) {
		fmt.Println(errors.Is(err, credentials.ErrNone), e.Source)
		for _, step := range e.Tried {
			fmt.Printf("%s: %s\n", step.Source, step.Reason)
		}
	}
	// Output:
	// true instance metadata
	// environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set
	// web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set
	// shared profile: there is no profile "default"
	// container endpoint: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set
	// instance metadata: AWS_EC2_METADATA_DISABLED is true
}

// A role of another account, assumed with the keys of a profile; the cache renews it in time. Here the profile is played
// by fixed keys, and STS by a fake.
func ExampleAssumeRole() {
	s, err := credentialstest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	role := &credentials.AssumeRole{
		Source:  credentials.Static(credentialstest.Keys("AKIAEXAMPLE")),
		RoleARN: "arn:aws:iam::123456789012:role/Reader",
		STS:     credentials.STS{Region: "us-east-1", Endpoint: s.URL},
	}
	cache := &credentials.Cache{Provider: role.Retrieve}
	keys, err := cache.Retrieve(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(keys.AccessKeyID)
	// Output: ASIAROLEREADER
}

// Keys never print, wherever they are.
func ExampleStatic() {
	provider := credentials.Static(signer.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI"})
	keys, err := provider(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", keys)
	// Output: Credentials{AccessKeyID:AKIAEXAMPLE SecretAccessKey:redacted SessionToken: Expires:never}
}

package partition

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	rows := map[string]string{
		"us-east-1": "aws", "eu-central-2": "aws", "ap-southeast-4": "aws", "sa-east-1": "aws", "ca-west-1": "aws",
		"me-south-1": "aws", "af-south-1": "aws", "il-central-1": "aws", "mx-central-1": "aws", "aws-global": "aws",
		"cn-north-1": "aws-cn", "aws-cn-global": "aws-cn", "eusc-de-east-1": "aws-eusc",
		"us-iso-east-1": "aws-iso", "us-iso-west-1": "aws-iso", "aws-iso-global": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "aws-iso-b-global": "aws-iso-b",
		"eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f", "aws-iso-f-global": "aws-iso-f",
		"us-gov-west-1": "aws-us-gov", "aws-us-gov-global": "aws-us-gov", "aws-iso-e-global": "aws-iso-e",
		// No rule knows these: the commercial partition.
		"mars-north-1": "aws", "us-east": "aws", "us--1": "aws", "cn-north-": "aws", "cn-north-1x": "aws", "cn-no/rth-1": "aws", "": "aws",
	}
	for region, want := range rows {
		if got := Of(region).ID; got != want {
			t.Errorf("Of(%q) = %s, want %s", region, got, want)
		}
	}
}

func TestHost(t *testing.T) {
	rows := []struct {
		region          string
		fips, dualStack bool
		want            string
	}{
		{"us-east-1", false, false, "bedrock-runtime.us-east-1.amazonaws.com"},
		{"us-east-1", true, false, "bedrock-runtime-fips.us-east-1.amazonaws.com"},
		{"us-east-1", false, true, "bedrock-runtime.us-east-1.api.aws"},
		{"us-gov-west-1", true, true, "bedrock-runtime-fips.us-gov-west-1.api.aws"},
		{"cn-north-1", false, false, "bedrock-runtime.cn-north-1.amazonaws.com.cn"},
		{"cn-north-1", false, true, "bedrock-runtime.cn-north-1.api.amazonwebservices.com.cn"},
		{"eusc-de-east-1", false, false, "bedrock-runtime.eusc-de-east-1.amazonaws.eu"},
		{"us-iso-east-1", false, false, "bedrock-runtime.us-iso-east-1.c2s.ic.gov"},
		{"us-isob-east-1", false, true, "bedrock-runtime.us-isob-east-1.api.aws.scloud"},
		{"eu-isoe-west-1", false, false, "bedrock-runtime.eu-isoe-west-1.cloud.adc-e.uk"},
		{"us-isof-south-1", true, false, "bedrock-runtime-fips.us-isof-south-1.csp.hci.ic.gov"},
	}
	for _, r := range rows {
		if got := Host("bedrock-runtime", r.region, r.fips, r.dualStack); got != r.want {
			t.Errorf("Host(%s, fips=%v, dual=%v) = %s, want %s", r.region, r.fips, r.dualStack, got, r.want)
		}
	}
}

func TestValidRegion(t *testing.T) {
	for _, s := range []string{"us-east-1", "local", "a", strings.Repeat("a", MaxRegion)} {
		if !ValidRegion(s) {
			t.Errorf("ValidRegion(%q) = false", s)
		}
	}
	bad := []string{"", "-us", "us-", "US-EAST-1", "us.east", "us/east", "us east", "é", strings.Repeat("a", MaxRegion+1)}
	for c := range 256 {
		if s := "us" + string([]byte{byte(c)}) + "1"; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			bad = append(bad, s)
		}
	}
	for _, s := range bad {
		if ValidRegion(s) {
			t.Errorf("ValidRegion(%q) = true", s)
		}
	}
}

// Package partition maps a region to its AWS partition and to the DNS suffix of its endpoints.
//
// The table is that of the AWS endpoint rule sets (aws.partition of the Smithy "Rules engine
// standard library"): exact pseudo-region names first, then a shape of name for each partition,
// then the commercial partition for names no rule knows, so that a region opened tomorrow works
// today.
package partition

import "strings"

// A Partition is a set of regions that share accounts and DNS suffixes.
type Partition struct {
	ID              string // "aws", "aws-cn", ...
	Suffix          string // of ordinary and FIPS endpoints
	DualStackSuffix string // of endpoints that have IPv6 addresses too
}

// row is a partition and the names it claims: prefix-WORD-DIGITS for each prefix, and the exact
// names.
type row struct {
	Partition
	prefixes []string
	exact    []string
}

// table is never changed.
var table = [...]row{
	{Partition{"aws", "amazonaws.com", "api.aws"},
		[]string{"us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"}, []string{"aws-global"}},
	{Partition{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
		[]string{"cn"}, []string{"aws-cn-global"}},
	{Partition{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
		[]string{"eusc-de"}, nil},
	{Partition{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
		[]string{"us-iso"}, []string{"aws-iso-global"}},
	{Partition{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
		[]string{"us-isob"}, []string{"aws-iso-b-global"}},
	{Partition{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
		[]string{"eu-isoe"}, []string{"aws-iso-e-global"}},
	{Partition{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
		[]string{"us-isof"}, []string{"aws-iso-f-global"}},
	{Partition{"aws-us-gov", "amazonaws.com", "api.aws"},
		[]string{"us-gov"}, []string{"aws-us-gov-global"}},
}

// Of returns the partition of a region; the commercial one ("aws") for a name no rule claims.
func Of(region string) Partition {
	for i := range table {
		r := &table[i]
		for _, name := range r.exact {
			if region == name {
				return r.Partition
			}
		}
	}
	for i := range table {
		r := &table[i]
		for _, p := range r.prefixes {
			if rest, ok := strings.CutPrefix(region, p+"-"); ok && wordDashDigits(rest) {
				return r.Partition
			}
		}
	}
	return table[0].Partition
}

// wordDashDigits reports whether s is \w+-\d+. A word holds no '-', which is what keeps the shapes
// of "us" and "us-iso" apart.
func wordDashDigits(s string) bool {
	word, digits, ok := strings.Cut(s, "-")
	if !ok || word == "" || digits == "" {
		return false
	}
	for _, c := range []byte(word) {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// MaxRegion is the longest region name accepted; the longest of AWS's own have 16 characters.
const MaxRegion = 32

// Host returns the host name of a service: prefix[-fips].region.suffix.
func Host(prefix, region string, fips, dualStack bool) string {
	p := Of(region)
	suffix := p.Suffix
	if dualStack {
		suffix = p.DualStackSuffix
	}
	if fips {
		prefix += "-fips"
	}
	return prefix + "." + region + "." + suffix
}

// ValidRegion reports whether a name can be a region: 1 to 32 of a-z, 0-9 and '-', not starting or
// ending with '-', so that it can stand in a host name and in a credential scope and mean nothing
// else there.
func ValidRegion(name string) bool {
	if name == "" || len(name) > MaxRegion || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

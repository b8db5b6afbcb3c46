package xmlwire_test

import (
	"fmt"

	"bedrockwire/model/xmlwire"
)

// The answer of STS is a tree of named texts: Child walks, Content reads, Finish says whether it was
// all of it.
func Example() {
	read := func(body string) (id string, err error) {
		var seen uint64
		lx := xmlwire.New([]byte(body))
		if lx.Next() != xmlwire.Start || !lx.NameIs("AssumeRoleResponse") {
			lx.Fail(xmlwire.ErrKind)
		}
		for lx.Child() {
			if !lx.NameIs("Credentials") {
				lx.Skip()
				continue
			}
			for lx.Child() {
				if lx.NameIs("AccessKeyId") && lx.Once(&seen, 0) {
					id = lx.Content()
				} else {
					lx.Skip()
				}
			}
		}
		if err := lx.Finish(); err != nil {
			return "", err
		}
		return id, nil
	}
	fmt.Println(read(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId></Credentials></AssumeRoleResponse>`))
	fmt.Println(read(`<AssumeRoleResponse><Credentials><AccessKeyId>A</AccessKeyId><AccessKeyId>B</AccessKeyId></Credentials></AssumeRoleResponse>`))
	fmt.Println(read(`<!DOCTYPE html><html></html>`))
	fmt.Println(read(`<html></html>`))
	// Output:
	// ASIAEXAMPLE <nil>
	//  xml: duplicate element or attribute at byte 62
	//  xml: document type at byte 0
	//  xml: unexpected element or text at byte 1
}

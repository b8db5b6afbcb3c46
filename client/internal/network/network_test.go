package network

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "localhost": true, "LOCALHOST": true,
		"": false, "128.0.0.1": false, "0.0.0.0": false, "::": false, "::2": false, "localhost.example": false, "127.0.0.1.example": false, "127.1": false,
	} {
		if got := IsLoopback(host); got != want {
			t.Errorf("IsLoopback(%q) = %t", host, got)
		}
	}
}

// TestOnly: the address that is dialled decides, whatever the name was.
func TestOnly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	allowed := &net.Dialer{Control: Only(netip.Addr.IsLoopback)}
	c, err := allowed.Dial("tcp4", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	refused := &net.Dialer{Control: Only(func(a netip.Addr) bool { return !a.IsLoopback() })}
	var e *AddressError
	if _, err := refused.Dial("tcp4", "localhost:"+port); !errors.As(err, &e) || !strings.Contains(e.Error(), port) {
		t.Errorf("error %v", err)
	}
	check := Only(netip.Addr.IsLoopback)
	for address, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "[::1%lo]:1": true, "[::ffff:127.0.0.1]:1": true,
		"8.8.8.8:1": false, "[::ffff:8.8.8.8]:1": false, "name:1": false, "": false} {
		if err := check("tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestProxy: the error of a refused variable does not repeat it. net/http reads the variables once,
// so the test runs itself, as a CGI program.
func TestProxy(t *testing.T) {
	r, err := http.NewRequest("GET", "http://example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("NETWORK_TEST_PROXY") != "" {
		if _, err := Proxy(r); err != ErrProxy {
			t.Errorf("error %v", err)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProxy$", "-test.v")
	cmd.Env = append(os.Environ(), "HTTP_PROXY=http://user:CANARY@proxy.example/", "NO_PROXY=", "REQUEST_METHOD=GET", "NETWORK_TEST_PROXY=1")
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "CANARY") {
		t.Errorf("%v\n%s", err, out)
	}
}

package signer

import "time"

// work is what is done about one request on the way to its canonical request. The zero value is ready.
//
// A client's requests are nearly the same: one path, one host, the same names in the header, one key. So Sign takes its
// work from the Signer's keyCache, and finds in it what was done about a request before. What was checked and written then,
// and is equal now, byte for byte, is not checked and written again: a third of what Sign does beside SHA-256. Whether there
// was a request before, and which, changes no result; TestRecall holds that. What differs is forgotten before it is checked,
// so that an error leaves nothing half true.
//
// Sign calls checkSigner and checkAllButHeader; recall, or else read and settle; remember; appendCanonical; done. The others
// start from nothing: check, addOwn for the host, an order of theirs, sort, write, appendCanonical.
//
// What is remembered are copies: of method, host, path, key id, region, service and the names of the header's fields. The
// caller's strings can be cut from longer ones, which would be held on to with them, or lie in a buffer that is used again.
type work struct {
	fields []field // those of the request's header, and after them the signer's own
	given  int     // of Sign: how many are the header's
	order  []int32 // those of fields that are signed, sorted by name
	buf    []byte  // the canonical request, the string to sign, the new values; all zeros behind its length

	// Below are three texts. An empty one has yet to be made, and then what stands beside it means nothing.

	line               []byte // the first two lines of the canonical request, made of method and path
	path, host, method string // which are checked together
	single, normalize  bool   // the Signer's

	credential             []byte // as it stands in the Authorization header
	keyID, region, service string

	list                   []byte // the names that are signed; with it fields and order are complete, but for the values
	temporary, contentHash bool   // whether X-Amz-Security-Token and X-Amz-Content-Sha256 are among the signer's own
}

// check is everything that is looked at before anything is signed. It leaves the header's fields, but for the host, in
// w.fields, unsorted.
func (w *work) check(s *Signer, r *Request, c *Credentials, at time.Time) error {
	if err := w.checkSigner(s, c, at); err != nil {
		return err
	}
	return w.checkRequest(r)
}

// checkSigner is check for all but the request.
func (w *work) checkSigner(s *Signer, c *Credentials, at time.Time) error {
	if s == nil {
		return invalid("Signer", "is nil")
	}
	if len(w.credential) == 0 || c == nil || w.keyID != c.AccessKeyID || w.region != s.Region || w.service != s.Service {
		w.credential = w.credential[:0]
		if err := checkScope("Signer.Region", s.Region); err != nil {
			return err
		}
		if err := checkScope("Signer.Service", s.Service); err != nil {
			return err
		}
		if err := c.checkKeyID(); err != nil {
			return err
		}
	}
	if err := c.checkSecrets(); err != nil {
		return err
	}
	if err := checkTime(at); err != nil {
		return err
	}
	if c.expired(at) {
		return refuse(ErrExpired, "Credentials.Expires", "has passed")
	}
	return nil
}

// checkRequest refuses a request that cannot be signed unambiguously: one that a proxy, a transport or the service could
// read as another one than the one that was signed.
func (w *work) checkRequest(r *Request) error {
	if err := w.checkAllButHeader(r); err != nil {
		return err
	}
	return w.read(r, "")
}

// checkAllButHeader is checkRequest for all but the header.
func (w *work) checkAllButHeader(r *Request) error {
	if r == nil {
		return invalid("Request", "is nil")
	}
	if len(w.line) == 0 || w.path != r.Path || w.host != r.Host || w.method != r.Method {
		w.line = w.line[:0]
		if err := r.checkLine(); err != nil {
			return err
		}
	}
	if err := checkEscaped("Request.RawQuery", r.RawQuery, '#'); err != nil {
		return err
	}
	return checkPayloadHash(r.PayloadHash)
}

// read is checkRequest for the header. checked is a value that needs no second look: the caller's own session token, which is
// long. It is not for a server, which would tell by the time how much of a stranger's value is right.
func (w *work) read(r *Request, checked string) error {
	w.forget()
	// One walk, because walking over a map costs as much as what is done with its entries: fields are set, classified and
	// checked in it, and all callers go on with the slice.
	for name, values := range r.Header {
		f := w.add()
		if !f.set(name, values) {
			return invalidAt("Request.Header", "has a name that is not an HTTP token", indexNotToken(name))
		}
		switch f.class {
		case nameAuthorization: // never signed; Sign replaces it, and Verify takes nothing but its own syntax
		case nameHost:
			// Host is a field of its own in Request, as it is in net/http, which does not send a "Host" entry of
			// Header. Two different ones cannot both be what is sent.
			for _, v := range values {
				if v != r.Host {
					return invalid("Request.Header[Host]", "differs from Request.Host")
				}
			}
		default:
			for _, v := range values {
				if v == checked || indexOdd(v) < 0 {
					continue // nearly every value, and every session token
				}
				f.blanks = true
				if i := indexControl(v, '\t'); i >= 0 { // a tab is white space: RFC 9110, section 5.5
					return invalidAt(headerField(name), "has a control character", i)
				}
			}
		}
		if f.class == nameHost || len(values) == 0 { // a key without a value is not sent
			w.cut(len(w.fields) - 1)
		}
	}
	return nil
}

// add appends a field that is all zeros. Behind the length of w.fields there is nothing else: whoever takes a field off
// clears it. append would write the zeros once more. Neither it nor cut, addOwn and sort is inlined: only requests that differ
// from the one before need them, and a program would have each several times.
//
//go:noinline
func (w *work) add() *field {
	n := len(w.fields)
	if n < cap(w.fields) {
		w.fields = w.fields[:n+1]
	} else {
		w.fields = append(w.fields, field{})
	}
	return &w.fields[n]
}

// addOwn appends a field that the signer itself adds. The name is in lower case and at most as long as field.lower.
//
//go:noinline
func (w *work) addOwn(name string, class nameClass) {
	f := w.add()
	f.name, f.class = name, class
	copy(f.lower[:], name)
}

// cut takes all fields from n on off.
//
//go:noinline
func (w *work) cut(n int) {
	clear(w.fields[n:])
	w.fields = w.fields[:n]
}

// forget drops the header of the request before.
func (w *work) forget() {
	w.cut(0)
	w.order, w.list = w.order[:0], w.list[:0]
}

// settle makes fields, order and list from what read has left. Fields of an earlier attempt are not among them: it reports
// whether there are any whose names Sign will not overwrite, because they are in another case, or are of a token that is
// not needed any more.
func (w *work) settle(temporary, contentHash bool) (stale bool) {
	n := 0
	names := w.buf[:0]
	for i := range w.fields {
		f := &w.fields[i]
		switch f.class {
		case nameAuthorization:
			stale = stale || f.name != headerAuthorization
			continue
		case nameDate:
			stale = stale || f.name != headerDate
			continue
		case nameToken:
			stale = stale || f.name != headerToken || !temporary
			continue
		case nameContentHash:
			stale, contentHash = stale || f.name != headerContentHash, true // one that is there is kept up to date
			continue
		}
		if n < i {
			w.fields[n] = *f
		}
		n++
		names = append(names, f.name...)
	}
	w.cut(n)
	w.given, w.temporary, w.contentHash = n, temporary, contentHash
	w.buf = names
	copies := string(names)
	for i := range w.fields {
		f := &w.fields[i]
		f.name, copies = copies[:len(f.name)], copies[len(f.name):]
	}
	w.addOwn("host", nameHost)
	w.addOwn("x-amz-date", nameDate)
	if temporary {
		w.addOwn("x-amz-security-token", nameToken)
	}
	if contentHash {
		w.addOwn("x-amz-content-sha256", nameContentHash)
	}
	for i := range w.fields {
		if w.fields[i].class != nameUnsigned {
			w.order = append(w.order, int32(i))
		}
	}
	w.sort()
	w.list = w.appendList(w.list)
	return stale
}

// recall does what read and settle do where the header has the names of the one before, and nothing that needs a closer
// look: an X-Amz-Content-Sha256 that nothing but the header asks for does. It reports whether it has; if not, w.fields is of no
// use.
func (w *work) recall(r *Request, checked string, temporary, contentHash bool) bool {
	if len(w.list) == 0 || w.temporary != temporary || w.contentHash != contentHash {
		return false
	}
	found, fields := 0, w.fields[:w.given]
	for name, values := range r.Header {
		i := 0
		for i < len(fields) && fields[i].name != name {
			i++
		}
		if i < len(fields) {
			if len(values) == 0 {
				return false
			}
			fields[i].values = values
			found++
		} else {
			// What an earlier attempt has left, in Sign's spelling. A date or a token is checked though it will be replaced:
			// read does it.
			switch {
			case name == headerAuthorization:
				continue
			case name == headerDate, name == headerToken && temporary, name == headerContentHash && contentHash:
			default:
				return false
			}
		}
		for _, v := range values {
			if v != checked && indexOdd(v) >= 0 {
				return false
			}
		}
	}
	return found == w.given
}

// remember makes the texts that are missing: what they are made of has been checked.
func (w *work) remember(s *Signer, r *Request, c *Credentials, day string) {
	if w.single != s.SinglePathEncoding || w.normalize != s.NormalizePath {
		w.line, w.single, w.normalize = w.line[:0], s.SinglePathEncoding, s.NormalizePath
	}
	if len(w.line) == 0 {
		w.path, w.host, w.method = clones(r.Path, r.Host, r.Method)
		w.line = s.appendLine(w.line, r)
	}
	if len(w.credential) == 0 || string(w.scope()[:len(day)]) != day {
		w.keyID, w.region, w.service = clones(c.AccessKeyID, s.Region, s.Service)
		w.credential = append(append(w.credential[:0], c.AccessKeyID...), '/')
		w.credential = appendScope(w.credential, day, s.Region, s.Service)
	}
}

// clones returns copies of three strings, none of which is empty (a sum of one string is that string), in one allocation.
//
//go:noinline
func clones(a, b, c string) (string, string, string) {
	all, n := a+b+c, len(a)
	return all[:n], all[n : n+len(b)], all[n+len(b):]
}

// scope is the part of the credential after the key id.
func (w *work) scope() []byte { return w.credential[len(w.keyID)+1:] }

// write makes the line and the list of a work that is not from a keyCache.
func (w *work) write(s *Signer, r *Request) {
	w.line, w.list = s.appendLine(nil, r), w.appendList(nil)
}

// maxKept is up to how many bytes a buffer is kept: a session token has one or two thousand, and the header that net/http's
// server takes (DefaultMaxHeaderBytes) up to a million.
const maxKept = 16 << 10

// done takes out of w, before another call gets it, what is not to be remembered: all values, a request that was refused, a
// header of so many fields that looking for one would take longer than reading it, and any room beyond what is usual.
func (w *work) done() {
	clear(w.buf)
	w.buf = w.buf[:0]
	if len(w.fields) > fewFields || cap(w.buf) > maxKept { // all that is remembered has been in buf
		*w = work{}
		return
	}
	if len(w.list) == 0 {
		w.cut(0)
	}
	for i := range w.fields {
		f := &w.fields[i]
		f.values, f.blanks = nil, false // blanks only to save time: a value without any is collapsed to itself
	}
}

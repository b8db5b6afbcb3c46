package bedrocktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bedrockwire/signer"
)

// service is the name requests are signed for, on the runtime as on the control
// plane.
const service = "bedrock"

// clockWindow is how far a client's clock may be off. AWS documents 5 minutes;
// services were seen to allow up to 15.
const clockWindow = 5 * time.Minute

// refusal is why a request is not let in, in the service's words.
type refusal struct{ code, message string }

// authenticate returns nil for a request that may come in.
func (s *Server) authenticate(r *Request) *refusal {
	switch r.Auth {
	case Bearer:
		token := strings.TrimPrefix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer"), " ")
		// The hashes have one length, so that not even the token's shows.
		got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.BearerToken))
		if len(r.Header["Authorization"]) != 1 || !hmac.Equal(got[:], want[:]) {
			return &refusal{"AccessDeniedException", "Authentication failed: Please make sure your API Key is valid."}
		}
		return nil
	case SigV4, Presigned:
		return s.verify(r)
	}
	return &refusal{"MissingAuthenticationTokenException", "Missing Authentication Token"}
}

// verify checks a signature and puts what is wrong with it in the service's words.
func (s *Server) verify(r *Request) *refusal {
	region := s.Region
	if region == "" {
		region = claimedRegion(r)
	}
	// HTTP/2 may leave the length out of the header, and a client may have signed it.
	header := r.Header
	if len(header["Content-Length"]) == 0 && signsLength(r) {
		header = header.Clone()
		header.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	verifier := signer.Signer{Region: region, Service: service}
	err := verifier.Verify(&signer.Request{
		Method: r.Method, Host: r.Host, Path: r.Path, RawQuery: r.Query,
		Header: header, PayloadHash: signer.HashPayload(r.Body),
	}, &s.Credentials, s.now(), clockWindow)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, signer.ErrKeyID):
		return &refusal{"UnrecognizedClientException", "The security token included in the request is invalid."}
	case errors.Is(err, signer.ErrToken):
		return &refusal{"UnrecognizedClientException", "The security token included in the request is invalid."}
	case errors.Is(err, signer.ErrExpired):
		return &refusal{"ExpiredTokenException", "The security token included in the request is expired"}
	case errors.Is(err, signer.ErrClock):
		return &refusal{"InvalidSignatureException", "Signature expired or not yet current: the server's time is " +
			s.now().UTC().Format("20060102T150405Z")}
	case errors.Is(err, signer.ErrMalformed), errors.Is(err, signer.ErrInvalid):
		return &refusal{"IncompleteSignatureException", err.Error()}
	case errors.Is(err, signer.ErrScope):
		return &refusal{"InvalidSignatureException", "Credential should be scoped to a valid region and to the service '" + service + "'."}
	case errors.Is(err, signer.ErrSignedHeaders), errors.Is(err, signer.ErrPayload):
		return &refusal{"InvalidSignatureException", err.Error()}
	}
	return &refusal{"InvalidSignatureException", "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
}

// claimedRegion is the region in the scope of the request's credential. It is
// what the request says of itself: Verify is what checks it.
func claimedRegion(r *Request) string {
	credential := ""
	if r.Auth == Presigned {
		values, _ := url.ParseQuery(r.Query)
		credential = values.Get("X-Amz-Credential")
	} else if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(rest, ",")
	}
	// KEY/DATE/REGION/SERVICE/aws4_request, from the right: a key id may have a '/'.
	parts := strings.Split(credential, "/")
	if len(parts) < 5 || parts[len(parts)-3] == "" {
		return "us-east-1" // any that is well formed: Verify will refuse the credential
	}
	return parts[len(parts)-3]
}

// signsLength reports whether the request's signature covers its Content-Length.
func signsLength(r *Request) bool {
	claim := r.Header.Get("Authorization") + r.Query
	return strings.Contains(strings.ToLower(claim), "content-length")
}

// refuse answers a request that is not let in.
func (why *refusal) reply() Reply { return failure(http.StatusForbidden, why.code, why.message) }

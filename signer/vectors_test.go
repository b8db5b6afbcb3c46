package signer

import (
	"net/http"
	"time"
)

// The credentials, date and region of AWS's Signature Version 4 test suite, in the form aws-c-auth keeps it.
const (
	suiteKeyID  = "AKIDEXAMPLE"
	suiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	suiteHost   = "example.amazonaws.com"

	suiteShortToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
	suiteLongToken  = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	formHash  = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e" // of Param1=value1

	unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

var suiteTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

// suiteCase is one case of the suite: a request, the parts of its canonical request written out by hand, and the two
// signatures published for it. A signature that comes out proves every byte of the stages before it; the parts are here
// to tell which stage is wrong when it does not.
type suiteCase struct {
	name      string
	method    string // "" is GET
	path      string // "" is "/"
	query     string
	header    http.Header
	body      string
	token     string
	tokenLate bool // the token is added after signing
	normalize bool

	canonicalPath    string // "" is "/"
	canonicalQuery   string
	canonicalHeaders string // of the fields in header only: "name:value\n" each

	headerSignature string
	querySignature  string // "" where nobody has published one
}

var suite = []suiteCase{
	{name: "get-vanilla", headerSignature: sigVanilla, querySignature: queryVanilla},
	{name: "get-vanilla-query", headerSignature: sigVanilla, querySignature: queryVanilla},
	{name: "get-relative-normalized", path: "/example/..", normalize: true, headerSignature: sigVanilla, querySignature: queryVanilla},
	{name: "get-relative-relative-normalized", path: "/example1/example2/../..", normalize: true, headerSignature: sigVanilla, querySignature: queryVanilla},
	{name: "get-slash-normalized", path: "//", normalize: true, headerSignature: sigVanilla, querySignature: queryVanilla},
	{name: "get-slash-dot-slash-normalized", path: "/./", normalize: true, headerSignature: sigVanilla, querySignature: queryVanilla},
	{name: "post-vanilla", method: "POST", headerSignature: sigPost, querySignature: queryPost},
	{name: "post-header-key-case", method: "POST", headerSignature: sigPost, querySignature: queryPost},
	{name: "post-sts-header-after", method: "POST", token: suiteLongToken, tokenLate: true, headerSignature: sigPost, querySignature: queryPost},
	{
		name: "get-relative-unnormalized", path: "/example/..", canonicalPath: "/example/..",
		headerSignature: "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282",
		querySignature:  "cbcb213b928a077e43275df47b500f1dfaa864ab3f5a18f6b95f4ff0938167ee",
	},
	{
		name: "get-relative-relative-unnormalized", path: "/example1/example2/../..", canonicalPath: "/example1/example2/../..",
		headerSignature: "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b",
		querySignature:  "b45db0bfd1cf15003493b733e33aa208dd981bd0e63037a6ed953f71d2118a16",
	},
	{
		name: "get-slash-dot-slash-unnormalized", path: "/./", canonicalPath: "/./",
		headerSignature: "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145",
		querySignature:  "a9b13e8f3484d9505bf1a6f347219f8f35b0fe8f128ceea597efc146a3dfe90c",
	},
	{
		name: "get-slash-pointless-dot-normalized", path: "/./example", normalize: true, canonicalPath: "/example",
		headerSignature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
		querySignature:  "35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de",
	},
	{
		name: "get-slash-pointless-dot-unnormalized", path: "/./example", canonicalPath: "/./example",
		headerSignature: "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff",
		querySignature:  "72b11f16d9530b18204bfb71f2d6ab085894c0ed8d352730a6e76234c58b5e10",
	},
	{
		name: "get-slash-unnormalized", path: "//", canonicalPath: "//",
		headerSignature: "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e",
		querySignature:  "b2a9542809db687769200f56a844a03f2bd0291d6eb90232d5101c6a579446cd",
	},
	{
		name: "get-slashes-normalized", path: "//example//", normalize: true, canonicalPath: "/example/",
		headerSignature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
		querySignature:  "c1834e8fb0307243711f0f907f6ab7311ed300d87f13792d7ee4da89ab93e082",
	},
	{
		name: "get-slashes-unnormalized", path: "//example//", canonicalPath: "//example//",
		headerSignature: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
		querySignature:  "822a5a9ba28072c5ab2bb4a6307d0c88276d40e49fec6b724c03fb4d4ba60fc2",
	},
	{
		name: "get-space-normalized", path: "/example space/", normalize: true, canonicalPath: "/example%20space/",
		headerSignature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
		querySignature:  "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6",
	},
	{
		name: "get-space-unnormalized", path: "/example space/", canonicalPath: "/example%20space/",
		headerSignature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
		querySignature:  "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6",
	},
	{
		name: "get-unreserved", path: "/" + unreserved, canonicalPath: "/" + unreserved,
		headerSignature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
		querySignature:  "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005",
	},
	{
		name: "get-utf8", path: "/ሴ", canonicalPath: "/%E1%88%B4",
		headerSignature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
		querySignature:  "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44",
	},
	{
		name: "get-header-key-duplicate", header: http.Header{"My-Header1": {"value2", "value2", "value1"}},
		canonicalHeaders: "my-header1:value2,value2,value1\n",
		headerSignature:  "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
		querySignature:   "3349ee0b81b4b589da0ff28a395c3591e04de515651dd74f298fa992d1507a97",
	},
	{
		// The folded lines of the original, as an HTTP parser hands them over (RFC 9112, section 5.2).
		name: "get-header-value-multiline", header: http.Header{"My-Header1": {"value1    value2       value3"}},
		canonicalHeaders: "my-header1:value1 value2 value3\n",
		headerSignature:  "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
		querySignature:   "e6f5def831211aca02987a44b96826706278c7bc078112ae0263659c5b2f2d56",
	},
	{
		name: "get-header-value-order", header: http.Header{"My-Header1": {"value4", "value1", "value3", "value2"}},
		canonicalHeaders: "my-header1:value4,value1,value3,value2\n",
		headerSignature:  "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
		querySignature:   "313720e71ca6202fdcfa9b20f88de01a4eb0638a83c833b1c184359a4eda864e",
	},
	{
		name: "get-header-value-trim", header: http.Header{"My-Header1": {" value1"}, "My-Header2": {` "a   b   c"`}},
		canonicalHeaders: "my-header1:value1\nmy-header2:\"a b c\"\n",
		headerSignature:  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
		querySignature:   "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4",
	},
	{
		name: "get-vanilla-empty-query-key", query: "Param1=value1", canonicalQuery: "Param1=value1",
		headerSignature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
		querySignature:  "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de",
	},
	{
		name: "get-vanilla-query-order-encoded", query: "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
		canonicalQuery:  "%E1%88%B4=Value1&Param=Value2&Param-3=Value3",
		headerSignature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
		querySignature:  "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787",
	},
	{
		name: "get-vanilla-query-order-key-case", query: "Param2=value2&Param1=value1",
		canonicalQuery:  "Param1=value1&Param2=value2",
		headerSignature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
		querySignature:  "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5",
	},
	{
		name: "get-vanilla-query-unreserved", query: unreserved + "=" + unreserved, canonicalQuery: unreserved + "=" + unreserved,
		headerSignature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
		querySignature:  "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf",
	},
	{
		name: "get-vanilla-utf8-query", query: "ሴ=bar", canonicalQuery: "%E1%88%B4=bar",
		headerSignature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
		querySignature:  "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600",
	},
	{
		name: "get-vanilla-with-session-token", token: suiteShortToken,
		headerSignature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
		querySignature:  "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c",
	},
	{
		name: "post-header-key-sort", method: "POST", header: http.Header{"My-Header1": {"value1"}},
		canonicalHeaders: "my-header1:value1\n",
		headerSignature:  "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
		querySignature:   "c09d07e0d55871f10f2a6d350d994acf6825a3cae70673d7def55616e6119dd7",
	},
	{
		name: "post-header-value-case", method: "POST", header: http.Header{"My-Header1": {"VALUE1"}},
		canonicalHeaders: "my-header1:VALUE1\n",
		headerSignature:  "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
		querySignature:   "0698bc9e4f7f9139065ba2909c0e99da257e8e2a42492a097bcd46d792391fed",
	},
	{
		name: "post-sts-header-before", method: "POST", token: suiteLongToken,
		headerSignature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
		querySignature:  "46c2e3c63c1dbe7d39f8ada16fe7f001c1f56c5791441565323677f96308871c",
	},
	{
		name: "post-vanilla-query", method: "POST", query: "Param1=value1", canonicalQuery: "Param1=value1",
		headerSignature: sigPostQuery, querySignature: queryPostQuery,
	},
	{
		name: "post-vanilla-empty-query-value", method: "POST", query: "Param1=value1", canonicalQuery: "Param1=value1",
		headerSignature: sigPostQuery, querySignature: queryPostQuery,
	},
	{
		name: "post-x-www-form-urlencoded", method: "POST", body: "Param1=value1",
		header:           http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Length": {"13"}},
		canonicalHeaders: "content-length:13\ncontent-type:application/x-www-form-urlencoded\n",
		headerSignature:  "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
		querySignature:   "89a40deed0f26f9461242825a082d2222717248abc7ab41f552ad84a94ad46e9",
	},
	{
		name: "post-x-www-form-urlencoded-parameters", method: "POST", body: "Param1=value1",
		header:           http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}, "Content-Length": {"13"}},
		canonicalHeaders: "content-length:13\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\n",
		headerSignature:  "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
		querySignature:   "0dbeb9b026c7b6675f266b8427efec9b4fa8b1f6ef1477d717aea231106eab4d",
	},
	// botocore's copy of the older suite has the following as well, by header only.
	{
		name: "botocore/post-x-www-form-urlencoded", method: "POST", body: "Param1=value1",
		header:           http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		canonicalHeaders: "content-type:application/x-www-form-urlencoded\n",
		headerSignature:  "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
	},
	{
		name: "botocore/post-x-www-form-urlencoded-parameters", method: "POST", body: "Param1=value1",
		header:           http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf8"}},
		canonicalHeaders: "content-type:application/x-www-form-urlencoded; charset=utf8\n",
		headerSignature:  "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
	},
	{
		name: "botocore/get-vanilla-query-order-key", query: "Param1=value2&Param1=Value1",
		canonicalQuery:  "Param1=Value1&Param1=value2",
		headerSignature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
	},
	{
		name: "botocore/get-vanilla-query-order-value", query: "Param1=value2&Param1=value1",
		canonicalQuery:  "Param1=value1&Param1=value2",
		headerSignature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
	},
	{
		name: "botocore/get-special-character", path: "/example/$delete", canonicalPath: "/example/%24delete",
		headerSignature: "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27",
	},
}

// Signatures that several cases share.
const (
	sigVanilla     = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	queryVanilla   = "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"
	sigPost        = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
	queryPost      = "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"
	sigPostQuery   = "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"
	queryPostQuery = "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682"
)

// vector is a request of a real service with its published canonical hash and signature.
type vector struct {
	name                  string
	signer                Signer
	request               Request
	token                 string
	at                    time.Time
	canonicalPath         string
	canonicalHash         string
	signature             string
	canonicalSignedFields string
}

const (
	bedrockHost = "bedrock-runtime.us-east-1.amazonaws.com"
	bedrockBody = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":16}`
	bedrockHash = "5b3223e75442673e1bfe20de4a2fa538a7887acd33a69a804b257ec530035d6d"
	bedrockPath = "/model/anthropic.claude-v2%3A1/invoke-with-response-stream"
	bedrockARN  = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc.def-1%3A0/invoke-with-response-stream"

	bedrockCanonicalPath = "/model/anthropic.claude-v2%253A1/invoke-with-response-stream"
	bedrockCanonicalARN  = "/model/arn%253Aaws%253Abedrock%253Aus-east-1%253A123456789012%253Aapplication-inference-profile%252Fabc.def-1%253A0/invoke-with-response-stream"
)

func bedrockRequest(path string) Request {
	return Request{
		Method: "POST", Host: bedrockHost, Path: path, PayloadHash: bedrockHash,
		Header: http.Header{"Content-Length": {"58"}, "Content-Type": {"application/json"}, "X-Amzn-Bedrock-Accept": {"application/json"}},
	}
}

// vectors were computed with two of AWS's own signers, which agree.
func vectors() []vector {
	const plain = "content-length;content-type;host;x-amz-date;x-amzn-bedrock-accept"
	const withToken = "content-length;content-type;host;x-amz-date;x-amz-security-token;x-amzn-bedrock-accept"
	bedrock := Signer{Region: "us-east-1", Service: "bedrock"}
	return []vector{
		{
			"bedrock/model-id", bedrock, bedrockRequest(bedrockPath), "", suiteTime, bedrockCanonicalPath,
			"b2f9edf0fed9b8a2043045d32f9e656869615a3d91e38dcd489c5613dda19033",
			"b2dc414560c1fc70bfb9a33755f5b403376c9986e59ea1800e4957b2ffa784dd", plain,
		},
		{
			"bedrock/model-id-token", bedrock, bedrockRequest(bedrockPath), "TOKEN/+==", suiteTime, bedrockCanonicalPath,
			"fec85189e4e31a65e19bbe772ba48eade02429b0917d0d288b74653824e432fa",
			"ae396ec11dda42318ea718148338ac4c247001ed49a638526ad6e7d8c10ec5ac", withToken,
		},
		{
			"bedrock/profile-arn", bedrock, bedrockRequest(bedrockARN), "", suiteTime, bedrockCanonicalARN,
			"147ac00bab7e21f3ded357d7aadb0fa91d0b0cf01d986e0800470a2797708ecf",
			"97dced720291701fdf50ba5e49668e6d8eed7b1f5bfe7a16f663c09fa36a319b", plain,
		},
		{
			"bedrock/profile-arn-token", bedrock, bedrockRequest(bedrockARN), "TOKEN/+==", suiteTime, bedrockCanonicalARN,
			"6d6515425b0ffc0e6df9a41d36752c5bde08e2e17aad89e9b0cb2458bd300ae9",
			"4bf3b03a94daa328a67ed64ae21c0323eab9f6a2d9970b624be39ba8b2bc023b", withToken,
		},
		{
			"lambda/function-arn", Signer{Region: "us-east-2", Service: "lambda"},
			Request{
				Method: "POST", Host: "lambda.us-east-2.amazonaws.com", PayloadHash: emptyHash,
				Path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A892717189312%3Afunction%3Amy-rusty-fun/invocations",
			}, "", time.Date(2021, 5, 11, 15, 40, 45, 0, time.UTC),
			"/2015-03-31/functions/arn%253Aaws%253Alambda%253Aus-west-2%253A892717189312%253Afunction%253Amy-rusty-fun/invocations",
			"684dbb3c92a8b6b1e452e23e523c1ea941c713a4c13500bb9f3bdad1e19afaf7",
			"4b93abbcc68be32bd64c18e2c71150660ab4c29bbd6c32a383a7517a88fc1804", "host;x-amz-date",
		},
	}
}

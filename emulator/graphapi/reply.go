package graphapi

import (
	"net/http"
)

// reply is a whole answer, for the wire or for an item of a batch.
type reply struct {
	status int
	header http.Header
	body   []byte
}

const jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

func jsonReply(status int, body []byte) reply {
	return reply{status: status, header: http.Header{"Content-Type": {jsonType}}, body: body}
}

func noContent() reply { return reply{status: http.StatusNoContent, header: http.Header{}} }

// stamp gives the answer what every answer of Graph carries.
func (c *call) stamp(r *reply) {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header["Request-Id"] = []string{c.requestID}
	r.header["Client-Request-Id"] = []string{c.clientRequestID()}
	r.header["Cache-Control"] = []string{"no-cache"}
	r.header["X-Ms-Ags-Diagnostic"] = []string{`{"ServerInfo":{"DataCenter":"Practice","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"EMULATOR"}}`}
	if !c.inBatch {
		r.header["Date"] = []string{c.at.Format(http.TimeFormat)}
	}
	if r.status < 300 && len(r.body) > 0 {
		r.header["Odata-Version"] = []string{"4.0"}
	}
}

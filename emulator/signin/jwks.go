package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// webKey is a public key as JSON (RFC 7517), with the members that Entra adds.
type webKey struct {
	Type        string   `json:"kty"`
	Use         string   `json:"use,omitempty"`
	Algorithm   string   `json:"alg,omitempty"`
	ID          string   `json:"kid,omitempty"`
	Thumbprint  string   `json:"x5t,omitempty"`
	N           string   `json:"n,omitempty"`
	E           string   `json:"e,omitempty"`
	Curve       string   `json:"crv,omitempty"`
	X           string   `json:"x,omitempty"`
	Y           string   `json:"y,omitempty"`
	Certificate []string `json:"x5c,omitempty"`
	Issuer      string   `json:"issuer,omitempty"`
}

type webKeySet struct {
	Keys []webKey `json:"keys"`
}

func (k *signingKey) webKey() (webKey, error) {
	j := webKey{
		Use: "sig", ID: k.id, Thumbprint: k.id,
		Certificate: []string{base64.StdEncoding.EncodeToString(k.certificate)},
	}
	switch p := k.signer.Public().(type) {
	case *rsa.PublicKey:
		j.Type, j.Algorithm = "RSA", "RS256"
		j.N, j.E = encodeInt(p.N.Bytes()), encodeInt(big.NewInt(int64(p.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		if err != nil {
			return j, fmt.Errorf("the signing key cannot be published: %w", err)
		}
		j.Type, j.Algorithm, j.Curve = "EC", "ES256", "P-256"
		half := (len(point) - 1) / 2 // after the byte that says uncompressed
		j.X, j.Y = encodeInt(point[1:1+half]), encodeInt(point[1+half:])
	}
	return j, nil
}

func encodeInt(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// publicKeyOf finds a key in a key set: by its id, or the only one there is
// where the token names none.
func publicKeyOf(set []byte, id string) (crypto.PublicKey, error) {
	var keys webKeySet
	if err := json.Unmarshal(set, &keys); err != nil {
		return nil, fmt.Errorf("the issuer's key set is not JSON: %w", err)
	}
	for _, k := range keys.Keys {
		if k.ID == id || (id == "" && len(keys.Keys) == 1) {
			return k.publicKey()
		}
	}
	return nil, fmt.Errorf("the issuer's key set has no key %q", id)
}

func (j webKey) publicKey() (crypto.PublicKey, error) {
	switch {
	case j.Type == "RSA":
		n, errN := base64.RawURLEncoding.DecodeString(j.N)
		e, errE := base64.RawURLEncoding.DecodeString(j.E)
		if errN != nil || errE != nil || len(e) > 4 || len(n) == 0 {
			return nil, errors.New("the issuer's RSA key is damaged")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
	case j.Type == "EC" && j.Curve == "P-256":
		px, errX := base64.RawURLEncoding.DecodeString(j.X)
		py, errY := base64.RawURLEncoding.DecodeString(j.Y)
		if errX != nil || errY != nil {
			return nil, errors.New("the issuer's EC key is damaged")
		}
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, px...), py...))
	}
	return nil, fmt.Errorf("keys of type %q are not supported: use RSA or EC P-256", j.Type)
}

// serveKeys answers with the published keys.
func (x *exchange) serveKeys() {
	if f := x.resolveTenant(); f != nil {
		x.sendRefusal(f)
		return
	}
	published, err := x.ring().published()
	if err != nil {
		x.failed(err)
		return
	}
	out := webKeySet{Keys: []webKey{}}
	for _, k := range published {
		j, err := k.webKey()
		if err != nil {
			x.failed(err)
			return
		}
		j.Issuer = x.issuerV2()
		out.Keys = append(out.Keys, j)
	}
	x.w.Header().Set("Access-Control-Allow-Origin", "*")
	x.answer(200, out)
}

package main

// Lets in only what Postern's gate has signed (`X-Postern-Assertion`): a handler around yours. It needs the standard
// library alone.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// leeway is by how much the gate's clock may differ from this one.
const leeway = 5 * time.Second

// errUnsure says that the gate's keys can't be had: nobody knows, which is not "no".
var errUnsure = errors.New("the gate's keys are not known")

// Postern knows the gate by Issuer, which is the one of postern.toml, and this origin by Audience, as the route names it:
// its URL, or the text of `assertion`. The gate's public keys are kept in memory. They are fetched again after an hour, and
// for a key that is not among them: at most once in Pause. Through an outage of the gate they count for a day.
type Postern struct {
	Issuer, Audience, JwksURI string
	Pause                     time.Duration

	fetching       sync.Mutex // held while the keys are fetched: all who wait for them share one fetch
	mutex          sync.Mutex // for what follows
	keys           map[string]*ecdsa.PublicKey
	fetched, tried time.Time
}

// Claims are what the gate says: `sub`, `client_id`, `scope` and so on.
type Claims map[string]any

type claimsKey struct{}

// Caller is who the gate says is asking, in a handler behind Only.
func Caller(request *http.Request) Claims {
	claims, _ := request.Context().Value(claimsKey{}).(Claims)
	return claims
}

// Only hands on to the handler what came through the gate.
func (p *Postern) Only(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		sent := request.Header.Values("X-Postern-Assertion")
		if len(sent) != 1 {
			response.WriteHeader(http.StatusUnauthorized)
			return
		}
		claims, err := p.verify(sent[0])
		switch {
		case errors.Is(err, errUnsure):
			response.Header().Set("Retry-After", "5")
			response.WriteHeader(http.StatusServiceUnavailable)
		case err != nil:
			response.WriteHeader(http.StatusUnauthorized)
		default:
			handler.ServeHTTP(response, request.WithContext(context.WithValue(request.Context(), claimsKey{}, claims)))
		}
	})
}

func (p *Postern) verify(assertion string) (Claims, error) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a JWT")
	}
	var header struct {
		Alg, Typ, Kid string
		Crit          json.RawMessage
	}
	if err := decode(parts[0], &header); err != nil {
		return nil, err
	}
	if header.Alg != "ES256" || header.Typ != "postern-assertion+jwt" || header.Crit != nil {
		return nil, errors.New("not an assertion of the gate")
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return nil, errors.New("not a signature of ES256")
	}
	key, err := p.key(header.Kid)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, digest[:], r, s) {
		return nil, errors.New("not signed by the gate")
	}
	claims := Claims{}
	if err := decode(parts[1], &claims); err != nil {
		return nil, err
	}
	now := time.Now()
	expires, hasEnd := claims["exp"].(float64)
	issued, hasBeginning := claims["iat"].(float64)
	_, hasSubject := claims["sub"].(string)
	switch {
	case !hasEnd || !hasBeginning || !hasSubject:
		return nil, errors.New("a claim is missing")
	case now.Add(-leeway).Unix() >= int64(expires) || now.Add(leeway).Unix() < int64(issued):
		return nil, errors.New("not now")
	case claims["iss"] != p.Issuer || !has(claims["aud"], p.Audience):
		return nil, errors.New("of another gate, or for another origin")
	}
	return claims, nil
}

// has says whether `aud`, a text or a list, names this audience.
func has(audiences any, audience string) bool {
	list, _ := audiences.([]any)
	for _, one := range list {
		if one == audience {
			return true
		}
	}
	return audiences == any(audience)
}

func decode(part string, into any) error {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// known is the key from memory, and whether it need not be fetched.
func (p *Postern) known(kid string) (*ecdsa.PublicKey, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := p.keys[kid]
	return key, key != nil && time.Since(p.fetched) < time.Hour
}

func (p *Postern) key(kid string) (*ecdsa.PublicKey, error) {
	key, isGood := p.known(kid)
	if isGood {
		return key, nil
	}
	p.fetching.Lock()
	defer p.fetching.Unlock()
	if key, isGood = p.known(kid); isGood {
		return key, nil // Somebody else has fetched it meanwhile.
	}
	if p.keys == nil || time.Since(p.tried) > p.Pause {
		p.fetch()
		key, _ = p.known(kid)
	}
	switch {
	case p.keys == nil || time.Since(p.fetched) > 24*time.Hour || (key == nil && p.fetched.Before(p.tried)):
		return nil, errUnsure
	case key == nil:
		return nil, errors.New("not a key of the gate")
	}
	return key, nil
}

// fetch is for whoever holds `fetching`.
func (p *Postern) fetch() {
	p.tried = time.Now()
	keys, err := p.publicKeys()
	if err != nil {
		log.Printf("the gate's keys can't be had: %v", err)
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.keys, p.fetched = keys, p.tried
}

func (p *Postern) publicKeys() (map[string]*ecdsa.PublicKey, error) {
	client := http.Client{Timeout: 3 * time.Second}
	answer, err := client.Get(p.JwksURI)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", p.JwksURI, answer.Status)
	}
	var set struct {
		Keys []struct{ Kty, Crv, Kid, X, Y string }
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<16)).Decode(&set); err != nil {
		return nil, err
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, one := range set.Keys {
		x, errX := base64.RawURLEncoding.DecodeString(one.X)
		y, errY := base64.RawURLEncoding.DecodeString(one.Y)
		key := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
		isGood := errX == nil && errY == nil && one.Kty == "EC" && one.Crv == "P-256" && one.Kid != ""
		if isGood && key.Curve.IsOnCurve(key.X, key.Y) {
			keys[one.Kid] = key
		}
	}
	return keys, nil
}

// An API behind Postern's gate: whatever did not come through it is refused.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	gate := &Postern{
		Issuer:   os.Getenv("ISSUER"),
		Audience: os.Getenv("AUDIENCE"),
		JwksURI:  or("JWKS_URI", os.Getenv("ISSUER")+"/.well-known/jwks.json"),
	}
	var err error
	if gate.Pause, err = time.ParseDuration(or("PAUSE", "60") + "s"); err != nil {
		log.Fatal(err)
	}
	http.Handle("/whoami", gate.Only(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		response.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(response).Encode(Caller(request)); err != nil {
			log.Print(err)
		}
	})))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+or("PORT", "9133"), nil))
}

func or(variable, otherwise string) string {
	if value := os.Getenv(variable); value != "" {
		return value
	}
	return otherwise
}

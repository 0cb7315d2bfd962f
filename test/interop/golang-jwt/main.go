// golang-jwt as a peer: reads a question a line, writes an answer a line (peer.ts says what is in them).
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

type question struct {
	Algorithm  string            `json:"algorithm"`
	PrivateKey string            `json:"privateKey"`
	PublicKey  string            `json:"publicKey"`
	Header     map[string]string `json:"header"`
	Claims     jwt.MapClaims     `json:"claims"`
	Issuer     string            `json:"issuer"`
	Audience   string            `json:"audience"`
	Tokens     []string          `json:"tokens"`
}

type answer struct {
	Signed   any   `json:"signed"`
	Verified []any `json:"verified"`
}

type signed struct {
	Token string `json:"token"`
}

type verified struct {
	Header map[string]any `json:"header"`
	Claims jwt.MapClaims  `json:"claims"`
}

type failure struct {
	Error string `json:"error"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		must(json.Unmarshal(lines.Bytes(), &asked))
		reply := answer{Signed: asked.sign()}
		for _, token := range asked.Tokens {
			reply.Verified = append(reply.Verified, asked.verify(token))
		}
		must(out.Encode(reply))
	}
	must(lines.Err())
}

func (asked question) sign() any {
	method := jwt.GetSigningMethod(asked.Algorithm)
	if method == nil {
		return failure{"unknown algorithm"}
	}
	key, err := readKey(asked.PrivateKey, x509.ParsePKCS8PrivateKey)
	if err != nil {
		return failure{err.Error()}
	}
	token := jwt.NewWithClaims(method, asked.Claims)
	for name, value := range asked.Header {
		token.Header[name] = value
	}
	compact, err := token.SignedString(key)
	if err != nil {
		return failure{err.Error()}
	}
	return signed{compact}
}

func (asked question) verify(compact string) any {
	claims := jwt.MapClaims{}
	keyOf := func(*jwt.Token) (any, error) { return readKey(asked.PublicKey, x509.ParsePKIXPublicKey) }
	token, err := jwt.ParseWithClaims(compact, claims, keyOf,
		jwt.WithValidMethods([]string{asked.Algorithm}), jwt.WithIssuer(asked.Issuer), jwt.WithAudience(asked.Audience))
	if err != nil {
		return failure{err.Error()}
	}
	return verified{token.Header, claims}
}

// What is no PEM is a secret.
func readKey(text string, parse func([]byte) (any, error)) (any, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return []byte(text), nil
	}
	if len(rest) > 0 {
		return nil, errors.New("more than one block of PEM")
	}
	return parse(block.Bytes)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

module simplejwt/test/interop/golang-jwt

go 1.18

// The last release that Debian 12's Go builds: 5.3 wants Go 1.21.
require github.com/golang-jwt/jwt/v5 v5.2.3

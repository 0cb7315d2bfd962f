module simplejwt/test/interop/golang-jwt

go 1.18

// The last release that Debian 12's Go 1.19 builds: 5.2.3 imports slices.
require github.com/golang-jwt/jwt/v5 v5.2.2

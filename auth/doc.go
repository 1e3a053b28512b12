// Package auth signs an instance in and keeps its token.
//
// Configure turns an instance's parameters into a validated Configuration.
// A Source gives the access token of one Configuration: from the integration
// context while it lives, else by one sign-in that all waiting calls share.
// Sources hands out the Source of each configuration, instance and store.
//
// Each way to sign in has a file of its own: clientcredentials.go,
// certificate.go, federated.go, authcode.go, hostedapp.go, managedidentity.go.
// What a person does at a terminal is in login.go and devicecode.go.
package auth

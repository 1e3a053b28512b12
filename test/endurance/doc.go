// Package endurance holds the whole program to its word under load, faults and
// abuse: every request is answered, nothing is done twice, nothing leaks. It has
// tests only, which start the program as its users do. Those that take minutes
// run where MSGRAPH_USER_LONG is set.
package endurance

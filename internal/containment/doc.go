// Package containment keeps the record of a run: what was there before, each change
// with its answer and its proof, and what takes it back.
//
// A record is JSON lines. Each line holds the hash of the line before; the last one
// seals the record. docs/incident.md gives the form for others, who verify a record
// without this program. Nothing secret stands in a record, nor a hash of it.
package containment

package supply

// Version is the number of the release that this source makes: what the program
// says of itself, the pack's, the image's tag, and the latest in CHANGELOG.md.
const Version = "1.1.0"

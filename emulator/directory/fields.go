package directory

// Fields is a set of property indexes of one type (Graph's largest type here has
// fewer than 128), and of the relation manager.
type Fields [2]uint64

// ManagerField stands for the relation manager in a Fields.
const ManagerField = 127

// Add puts index into the set.
func (f *Fields) Add(index int) { f[index>>6] |= 1 << (index & 63) }

// Has reports whether index is in the set.
func (f Fields) Has(index int) bool { return f[index>>6]&(1<<(index&63)) != 0 }

// Union returns the fields of either set.
func (f Fields) Union(g Fields) Fields { return Fields{f[0] | g[0], f[1] | g[1]} }

// Meets reports whether the sets have a field in common.
func (f Fields) Meets(g Fields) bool { return f[0]&g[0]|f[1]&g[1] != 0 }

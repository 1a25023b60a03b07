package importer

// A Mapping says which columns of a file are read, and what their values mean. The zero value reads the columns of the schema.
type Mapping struct{}

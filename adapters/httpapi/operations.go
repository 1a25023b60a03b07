package httpapi

import (
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// An Operation is one request of the API.
type Operation struct {
	ID, Method, Path, Summary string
	Open                      bool     // needs no token
	Roles                     []string // that may call it; none if all may
	Calls                     []string // what it calls, such as Queries.Course: methods of the ports, with the name of an action
	Deprecated                bool     // and so to be replaced by another one
}

// Operations returns the requests of the API in the order of openapi.yaml. A role is the name in a security requirement; what an operation
// calls is its x-calls.
var Operations = sync.OnceValues(func() ([]Operation, error) {
	var document struct{ Paths ordered[ordered[yaml.Node]] }
	if err := yaml.Unmarshal(spec, &document); err != nil {
		return nil, err
	}
	var all []Operation
	for _, path := range document.Paths {
		for _, method := range path.value {
			if !slices.Contains([]string{"get", "put", "post", "delete"}, method.key) {
				continue
			}
			var o struct {
				OperationID string `yaml:"operationId"`
				Summary     string
				Deprecated  bool
				Security    *[]map[string][]string
				Calls       []string `yaml:"x-calls"`
			}
			if err := method.value.Decode(&o); err != nil {
				return nil, err
			}
			operation := Operation{ID: o.OperationID, Method: strings.ToUpper(method.key), Path: path.key, Summary: o.Summary, Calls: o.Calls, Deprecated: o.Deprecated}
			if o.Security != nil {
				operation.Open = len(*o.Security) == 0
				for _, alternative := range *o.Security {
					operation.Roles = append(operation.Roles, alternative["bearer"]...)
				}
			}
			all = append(all, operation)
		}
	}
	return all, nil
})

// ordered is a mapping of YAML in its order.
type ordered[T any] []entry[T]

type entry[T any] struct {
	key   string
	value T
}

func (o *ordered[T]) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		e := entry[T]{key: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&e.value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}

package cli

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"
)

// A number is a flag that takes the next word whatever it begins with, so that -3 reaches the rules, which know what is
// wrong with it. It is nil when the flag is not given.
type number struct{ value *int }

// Decode implements [kong.MapperValue].
func (n *number) Decode(ctx *kong.DecodeContext) error {
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	value, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("must be a whole number, not %q", text)
	}
	n.value = &value
	return nil
}

// A choice is a flag with a value, true or false. It is nil when the flag is not given.
type choice struct{ value *bool }

// Decode implements [kong.MapperValue].
func (c *choice) Decode(ctx *kong.DecodeContext) error {
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	value, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("must be true or false, not %q", text)
	}
	c.value = &value
	return nil
}

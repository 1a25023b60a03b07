package importer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"example.com/roster/domain"
)

const byteOrderMark = "\ufeff"

// encodings are the encodings of files besides UTF-8. [Mapping.Encoding] names one; UTF-16 is recognised, too.
var encodings = map[string]encoding.Encoding{
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"windows-1252": charmap.Windows1252,
}

// notText are beginnings of files that hold no rows as text, and what to do.
var notText = []struct{ begin, advice string }{
	{"PK\x03\x04", `is an Excel workbook or another ZIP file; open it, and save the sheet as "CSV UTF-8"`},
	{"\xd0\xcf\x11\xe0", `is an Excel workbook; open it, and save the sheet as "CSV UTF-8"`},
	{"<!doctype html", "is a web page, perhaps one that asks to log in; download the export itself"},
	{"<html", "is a web page, perhaps one that asks to log in; download the export itself"},
	{"<?xml", `is XML; export CSV, or open the file in a spreadsheet and save the sheet as "CSV UTF-8"`},
	{"%pdf", "is a PDF; export CSV"},
	{"\x1f\x8b", "is compressed; decompress it with gunzip"},
}

// decode returns the text of a file as UTF-8, and the name of its encoding. It reads ahead as far as is needed to recognise it.
func decode(in io.Reader, name string) (*bufio.Reader, string, error) {
	file := bufio.NewReaderSize(in, maxRecord)
	start, _ := file.Peek(1024) // the next read returns the error again
	afterMark := bytes.TrimPrefix(start, []byte(byteOrderMark))
	text := bytes.ToLower(bytes.TrimSpace(afterMark[:min(len(afterMark), 64)]))
	for _, n := range notText {
		if bytes.HasPrefix(start, []byte(n.begin)) || bytes.HasPrefix(text, []byte(n.begin)) {
			return nil, "", &domain.Violation{Field: "file", Detail: n.advice}
		}
	}
	name = strings.ToLower(name)
	switch recognised := utf16Of(start); {
	case recognised != "" && (name == "" || strings.HasPrefix(name, "utf-16")):
		name = recognised
	case name == "utf-16" || name != "" && recognised != "" || encodings[name] != nil && len(afterMark) < len(start):
		return nil, "", &domain.Violation{Field: "encoding", Detail: "is " + name + ", but the file is something else; leave the option out"}
	case name == "":
		name = "utf-8"
	}
	e := encodings[name]
	if e == nil {
		return file, name, nil
	}
	return bufio.NewReaderSize(e.NewDecoder().Reader(file), maxRecord), name, nil
}

// utf16Of returns which UTF-16 a file is that begins so, by its byte order mark, or by its NUL bytes: UTF-8 has none.
func utf16Of(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return "utf-16le"
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return "utf-16be"
	}
	var zeros [2]int // at even and at odd offsets
	for i, b := range start {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1] > len(start)/4 && zeros[0] < zeros[1]/8:
		return "utf-16le"
	case zeros[0] > len(start)/4 && zeros[1] < zeros[0]/8:
		return "utf-16be"
	}
	return ""
}

// validateEncoding returns a [domain.Violation] unless a mapping may name the encoding.
func validateEncoding(name string) error {
	known := []string{"", "utf-8", "utf-16", "windows-1252"}
	if slices.Contains(known, strings.ToLower(name)) {
		return nil
	}
	return &domain.Violation{Field: "encoding", Detail: fmt.Sprintf("must be utf-8, utf-16 or windows-1252, got %.100q", name)}
}

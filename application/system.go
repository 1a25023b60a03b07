package application

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// This file alone touches the machine, so that embedding the core needs no options and no dependency.

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

type systemIDs struct{}

// New returns a UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits of their fraction (method 3 of the RFC), so
// that most ids of a process sort by time, then 62 random bits.
func (systemIDs) New() string {
	var id [16]byte
	_, _ = rand.Read(id[8:]) // never fails: see crypto/rand
	now := time.Now()
	fraction := uint64(now.Nanosecond()%int(time.Millisecond)) << 12 / uint64(time.Millisecond)
	binary.BigEndian.PutUint64(id[:], uint64(now.UnixMilli())<<16|7<<12|fraction)
	id[8] = id[8]&0x3f | 0x80

	var text [36]byte
	hex.Encode(text[:], id[:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

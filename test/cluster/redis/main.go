// A Redis for Argo CD, in memory: the module has none that runs by itself.
package main

import (
	"log"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(os.Args[1]); err != nil {
		log.Fatal(err)
	}
	// Its clock stands still, so that keys would never expire.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
}

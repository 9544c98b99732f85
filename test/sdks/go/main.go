// Command driver runs calls of the Go SDK for scripts/sdks.ts: one JSON request per line on stdin, one
// JSON answer per line on stdout.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"

	svix "github.com/svix/svix-webhooks/go"
)

type request struct {
	Call    []string          `json:"call"`
	Args    []json.RawMessage `json:"args"`
	Options json.RawMessage   `json:"options"`
	Token   string            `json:"token"`
	Verify  *struct {
		Secret  string            `json:"secret"`
		Body    string            `json:"body"`
		Headers map[string]string `json:"headers"`
	} `json:"verify"`
}

type answer map[string]any

func main() {
	serverURL, err := url.Parse(os.Args[2])
	if err != nil {
		panic(err)
	}
	newClient := func(token string) *svix.Svix {
		client, err := svix.New(token, &svix.SvixOptions{ServerUrl: serverURL})
		if err != nil {
			panic(err)
		}
		return client
	}
	client := newClient(os.Args[1])
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		caller := client
		if asked.Token != "" {
			caller = newClient(asked.Token)
		}
		if err := out.Encode(answerTo(caller, asked)); err != nil {
			panic(err)
		}
	}
}

func answerTo(client *svix.Svix, asked request) answer {
	if asked.Verify != nil {
		return verify(asked)
	}
	method, ok := findMethod(client, asked.Call)
	if !ok {
		return answer{"absent": true}
	}
	args, err := arguments(method.Type(), asked)
	if err != nil {
		return answer{"error": err.Error()}
	}
	results := method.Call(args)
	if failed, _ := results[len(results)-1].Interface().(error); failed != nil {
		if refusal, ok := failed.(*svix.Error); ok {
			return answer{"refused": refusal.Status(), "text": string(refusal.Body())}
		}
		return answer{"error": failed.Error()}
	}
	if len(results) == 1 {
		return answer{"value": nil}
	}
	return answer{"value": results[0].Interface()}
}

func verify(asked request) answer {
	webhook, err := svix.NewWebhook(asked.Verify.Secret)
	if err != nil {
		return answer{"error": err.Error()}
	}
	headers := http.Header{}
	for name, value := range asked.Verify.Headers {
		headers.Set(name, value)
	}
	if err := webhook.Verify([]byte(asked.Verify.Body), headers); err != nil {
		return answer{"error": err.Error()}
	}
	return answer{"value": nil}
}

// findMethod returns the first name that this release has; releases renamed calls.
func findMethod(client *svix.Svix, names []string) (reflect.Value, bool) {
	for _, name := range names {
		parts := strings.Split(name, ".")
		owner := reflect.ValueOf(client)
		for _, part := range parts[:len(parts)-1] {
			owner = reflect.Indirect(owner).FieldByName(exported(part))
			if !owner.IsValid() {
				break
			}
		}
		if !owner.IsValid() {
			continue
		}
		if method := owner.MethodByName(exported(parts[len(parts)-1])); method.IsValid() {
			return method, true
		}
	}
	return reflect.Value{}, false
}

func exported(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}

func arguments(method reflect.Type, asked request) ([]reflect.Value, error) {
	args := []reflect.Value{reflect.ValueOf(context.Background())}
	rest := asked.Args
	hasOptions := asked.Options == nil
	for i := 1; i < method.NumIn(); i++ {
		kind := method.In(i)
		if kind.Kind() == reflect.Pointer && strings.HasSuffix(kind.Elem().Name(), "Options") {
			options := reflect.Zero(kind)
			if asked.Options != nil {
				options = reflect.New(kind.Elem())
				if err := json.Unmarshal(asked.Options, options.Interface()); err != nil {
					return nil, err
				}
			}
			hasOptions = true
			args = append(args, options)
			continue
		}
		if len(rest) == 0 {
			return nil, fmt.Errorf("argument %d is missing: %s", i, kind)
		}
		value := reflect.New(kind)
		if err := json.Unmarshal(rest[0], value.Interface()); err != nil {
			return nil, err
		}
		rest = rest[1:]
		args = append(args, value.Elem())
	}
	if len(rest) > 0 || !hasOptions {
		return nil, fmt.Errorf("this release does not take the argument")
	}
	return args, nil
}

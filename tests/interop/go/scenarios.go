package main

import (
	"context"
	"fmt"
	"io/ioutil"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/golang/protobuf/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	health "google.golang.org/grpc/health/grpc_health_v1"
	llmv1 "tsuku.dev/llm/v1"
)

// A client's whole life with a daemon, as the contract's best-known client leads it.
func life(d *daemon, expected expectation) error {
	if running, err := d.running(); err != nil || running {
		return fmt.Errorf("before any daemon, the lock says running=%v (%v)", running, err)
	}
	// Long enough for the daemon to find the lock held, within the second for which it tries again.
	if err := d.start(700*time.Millisecond, "serve", "--idle-timeout", "5m0s"); err != nil {
		return fmt.Errorf("starting the daemon: %w", err)
	}
	if err := d.awaitSocket(); err != nil {
		return err
	}
	if running, err := d.running(); err != nil || !running {
		return fmt.Errorf("beside a daemon that accepts, the lock says running=%v (%v)", running, err)
	}
	if info, err := os.Stat(d.socket()); err != nil || info.Mode().Perm() != 0o600 {
		return fmt.Errorf("the socket's mode is %v, not 0600 (%v)", info.Mode(), err)
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := checkStatus(c); err != nil {
		return err
	}
	if err := checkHealth(c); err != nil {
		return err
	}
	if err := checkAnswers(c, expected); err != nil {
		return err
	}
	return d.endsAfter(shutdown(c))
}

func checkStatus(c *connection) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := c.GetStatus(ctx, &llmv1.StatusRequest{})
	if err != nil {
		return fmt.Errorf("GetStatus: %w", err)
	}
	if !s.Ready || s.ModelName == "" || s.ModelSizeBytes <= 0 || s.Backend != "cpu" || s.AddonVersion == "" {
		return fmt.Errorf("GetStatus of a daemon with a model on disk says %v", s)
	}
	return nil
}

func checkHealth(c *connection) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := health.NewHealthClient(c)
	for _, name := range []string{"", service} {
		reply, err := client.Check(ctx, &health.HealthCheckRequest{Service: name})
		if err != nil {
			return fmt.Errorf("the health of %q: %w", name, err)
		}
		if reply.Status != health.HealthCheckResponse_SERVING {
			return fmt.Errorf("the health of %q is %v", name, reply.Status)
		}
	}
	_, err := client.Check(ctx, &health.HealthCheckRequest{Service: "nobody"})
	return expectCode(err, codes.NotFound)
}

func checkAnswers(c *connection, expected expectation) error {
	whole, err := complete(c, ask("What do you say?"))
	if err != nil {
		return fmt.Errorf("Complete: %w", err)
	}
	if whole.Content != expected.answer || whole.StopReason != "end_turn" {
		return fmt.Errorf("the answer is %q (%s), not %q", whole.Content, whole.StopReason, expected.answer)
	}
	if whole.Usage.GetInputTokens() <= 0 || whole.Usage.GetOutputTokens() <= 0 {
		return fmt.Errorf("a whole answer used %v", whole.Usage)
	}
	texts, done, err := completeInPieces(c, ask("What do you say?"))
	if err != nil {
		return fmt.Errorf("CompleteStream: %w", err)
	}
	if strings.Join(texts, "") != expected.answer || done == nil || done.Content != expected.answer {
		return fmt.Errorf("the stream says %q and ends with %v", texts, done)
	}
	cut, err := complete(c, &llmv1.CompletionRequest{
		SystemPrompt: "Be brief.", Messages: ask("What do you say?").Messages, MaxTokens: 2})
	if err != nil {
		return fmt.Errorf("Complete of 2 tokens: %w", err)
	}
	if cut.StopReason != "max_tokens" || cut.Usage.GetOutputTokens() != 2 ||
		cut.Content == "" || !strings.HasPrefix(expected.answer, cut.Content) {
		return fmt.Errorf("an answer of 2 tokens is %v", cut)
	}
	conversation := toolTurns("fine")
	after, err := complete(c, conversation)
	if err != nil {
		return fmt.Errorf("Complete after a tool's result: %w", err)
	}
	if after.Content != expected.answer {
		return fmt.Errorf("the answer after a tool's result is %q", after.Content)
	}
	return nil
}

// Requests that can never work are told apart by their codes.
func refusals(d *daemon, expected expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	nobody := ask("Who speaks?")
	nobody.Messages[0].Role = llmv1.Role_ROLE_UNSPECIFIED
	half := ask("Say it in JSON.")
	half.JsonSchema = "{"
	absent := ask("Anybody there?")
	absent.Model = "nonesuch"
	for _, refused := range []struct {
		request *llmv1.CompletionRequest
		code    codes.Code
		naming  string
	}{
		{&llmv1.CompletionRequest{}, codes.InvalidArgument, "messages"},
		{nobody, codes.InvalidArgument, "messages[0].role"},
		{half, codes.InvalidArgument, "json_schema"},
		{absent, codes.FailedPrecondition, "nonesuch"},
	} {
		_, err := complete(c, refused.request)
		if err := expectCode(err, refused.code, refused.naming); err != nil {
			return fmt.Errorf("a Complete of %v: %w", refused.request, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = c.Invoke(ctx, "/"+service+"/Forget", &llmv1.StatusRequest{}, &llmv1.StatusResponse{})
	if err := expectCode(err, codes.Unimplemented); err != nil {
		return fmt.Errorf("a call that does not exist: %w", err)
	}
	if answer, err := complete(c, ask("Still there?")); err != nil || answer.Content != expected.answer {
		return fmt.Errorf("after the refusals, Complete says %v (%v)", answer, err)
	}
	return d.endsAfter(shutdown(c))
}

// Requests may be larger than gRPC's usual 4 MiB, up to 16.
func sizes(d *daemon, expected expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	// Its size is no obstacle; that it has more tokens than the model's context is.
	_, err = complete(c, toolTurns(strings.Repeat("0123456789abcde\n", 5<<16)))
	if err := expectCode(err, codes.InvalidArgument, "token"); err != nil {
		return fmt.Errorf("a tool's result of 5 MiB: %w", err)
	}
	tooLarge := toolTurns(strings.Repeat("0123456789abcde\n", 17<<16))
	_, err = complete(c, tooLarge)
	actual := strconv.Itoa(proto.Size(tooLarge))
	if err := expectCode(err, codes.ResourceExhausted, strconv.Itoa(16<<20), actual); err != nil {
		return fmt.Errorf("a tool's result of 17 MiB: %w", err)
	}
	if answer, err := complete(c, ask("Still there?")); err != nil || answer.Content != expected.answer {
		return fmt.Errorf("after requests that were too large, Complete says %v (%v)", answer, err)
	}
	return d.endsAfter(shutdown(c))
}

// With a model that never ends: a deadline, a cancelled call, a caller that is gone.
func cancellation(d *daemon, _ expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if answer, err := complete(c, limited("Go on.", 3)); err != nil || answer.StopReason != "max_tokens" {
		return fmt.Errorf("three tokens of an endless answer are %v (%v)", answer, err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err = c.Complete(ctx, ask("Go on."))
	if err := expectCode(err, codes.DeadlineExceeded); err != nil {
		return fmt.Errorf("a Complete with a deadline: %w", err)
	}
	if err := awaitInFlight(c, 0); err != nil {
		return fmt.Errorf("after a deadline: %w", err)
	}

	ctx, cancel = context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended := completing(ctx, c, ask("Go on."))
	if err := awaitInFlight(c, 1); err != nil {
		return err
	}
	cancel()
	if err := expectCode((<-ended).err, codes.Canceled); err != nil {
		return fmt.Errorf("a Complete that was cancelled: %w", err)
	}
	if err := awaitInFlight(c, 0); err != nil {
		return fmt.Errorf("after a cancelled call: %w", err)
	}

	other, err := d.dial()
	if err != nil {
		return err
	}
	ctx, cancel = context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended = completing(ctx, other, ask("Go on."))
	if err := awaitInFlight(c, 1); err != nil {
		return err
	}
	other.Close()
	<-ended
	if err := awaitInFlight(c, 0); err != nil {
		return fmt.Errorf("after a caller has gone: %w", err)
	}

	if answer, err := complete(c, limited("Go on.", 3)); err != nil || answer.StopReason != "max_tokens" {
		return fmt.Errorf("afterwards, three tokens are %v (%v)", answer, err)
	}
	return d.endsAfter(shutdown(c))
}

// What is in flight when the daemon is asked to go is finished; newcomers are sent away.
func drain(d *daemon, _ expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	// It loads the model, so that the time that follows is all for tokens.
	if _, err := complete(c, limited("Go on.", 1)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	working := completing(ctx, c, limited("Go on.", 200))
	if err := awaitInFlight(c, 1); err != nil {
		return err
	}
	return d.endsAfter(func() error {
		if err := shutdown(c)(); err != nil {
			return err
		}
		select {
		case early := <-working:
			return fmt.Errorf("the work was over before newcomers could come: %v (%v)", early.answer, early.err)
		default:
		}
		_, err := complete(c, ask("Am I late?"))
		if err := expectCode(err, codes.Unavailable, "server is shutting down"); err != nil {
			return fmt.Errorf("a Complete after Shutdown: %w", err)
		}
		finished := <-working
		if finished.err != nil {
			return fmt.Errorf("the Complete in flight at Shutdown: %w", finished.err)
		}
		if finished.answer.Usage.GetOutputTokens() != 200 {
			return fmt.Errorf("the Complete in flight at Shutdown was cut: %v", finished.answer.Usage)
		}
		return nil
	})
}

// Whatever a killed daemon leaves behind, and whatever lies where its socket will be, is no obstacle.
func crash(d *daemon, expected expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	d.kill()
	if running, err := d.running(); err != nil || running {
		return fmt.Errorf("after the daemon was killed, the lock says running=%v (%v)", running, err)
	}
	if _, err := os.Lstat(d.socket()); err != nil {
		return fmt.Errorf("a killed daemon cannot have tidied up: %w", err)
	}
	if err := d.serve(); err != nil {
		return fmt.Errorf("over the files of a killed daemon: %w", err)
	}
	d.kill()
	if err := os.Remove(d.socket()); err != nil {
		return err
	}
	if err := ioutil.WriteFile(d.socket(), []byte("no socket"), 0o644); err != nil {
		return err
	}
	if err := d.serve(); err != nil {
		return fmt.Errorf("over a file at the socket's path: %w", err)
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if answer, err := complete(c, ask("Back again?")); err != nil || answer.Content != expected.answer {
		return fmt.Errorf("after two crashes, Complete says %v (%v)", answer, err)
	}
	return d.endsAfter(shutdown(c))
}

// Programs name a Unix socket in several ways, and each makes another :authority header.
func dialing(d *daemon, _ expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	toSocket := grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.socket())
	})
	for _, way := range []struct {
		target  string
		options []grpc.DialOption
	}{
		{"unix://" + d.socket(), nil},
		{"unix:" + d.socket(), nil},
		{d.socket(), []grpc.DialOption{toSocket}},
		{"passthrough:///" + d.socket(), []grpc.DialOption{toSocket}},
		{"passthrough:///unix://" + d.socket(), []grpc.DialOption{toSocket}},
		{"passthrough:///localhost", []grpc.DialOption{toSocket}},
		{"passthrough:///localhost", []grpc.DialOption{toSocket, grpc.WithAuthority("a name of no host")}},
	} {
		c, err := d.dialAs(way.target, way.options...)
		if err != nil {
			return err
		}
		err = checkStatus(c)
		c.Close()
		if err != nil {
			return fmt.Errorf("dialed as %s: %w", way.target, err)
		}
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	return d.endsAfter(shutdown(c))
}

// Tools find out what is served, in the version of reflection that they know.
func reflection(d *daemon, _ expectation) error {
	if err := d.serve(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	for _, version := range []string{"v1", "v1alpha"} {
		services, err := listServices(c, "/grpc.reflection."+version+".ServerReflection/ServerReflectionInfo")
		if err != nil {
			return fmt.Errorf("reflection %s: %w", version, err)
		}
		for _, name := range []string{service, "grpc.health.v1.Health"} {
			if !services[name] {
				return fmt.Errorf("reflection %s does not list %s but %v", version, name, services)
			}
		}
	}
	return d.endsAfter(shutdown(c))
}

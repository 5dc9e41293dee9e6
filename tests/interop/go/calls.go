package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	reflect "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	llmv1 "tsuku.dev/llm/v1"
)

const (
	service = "tsuku.llm.v1.InferenceService"

	// Far more than any call here takes; a call that hangs fails its scenario with a status.
	patience = 60 * time.Second

	// Within this, work for a caller that has given up must have ended.
	soon = 2 * time.Second
)

// A connection, and the service behind it.
type connection struct {
	*grpc.ClientConn
	llmv1.InferenceServiceClient
}

// dial connects to the daemon; every call is preceded by a probe.
func (d *daemon) dial() (*connection, error) {
	return d.dialAs("unix://"+d.socket(), grpc.WithUnaryInterceptor(
		func(ctx context.Context, method string, request, reply interface{}, on *grpc.ClientConn,
			invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			if err := d.probe(); err != nil {
				return fmt.Errorf("probing before %s: %w", method, err)
			}
			return invoke(ctx, method, request, reply, on, options...)
		}))
}

func (d *daemon) dialAs(target string, options ...grpc.DialOption) (*connection, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	options = append(options, grpc.WithInsecure(), grpc.WithBlock())
	channel, err := grpc.DialContext(ctx, target, options...)
	if err != nil {
		return nil, fmt.Errorf("dialing %s: %w", target, err)
	}
	return &connection{channel, llmv1.NewInferenceServiceClient(channel)}, nil
}

// listServices asks any version of reflection: they differ in name only.
func listServices(c *connection, method string) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stream, err := c.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, method)
	if err != nil {
		return nil, err
	}
	request := &reflect.ServerReflectionRequest{
		MessageRequest: &reflect.ServerReflectionRequest_ListServices{ListServices: "*"}}
	if err := stream.SendMsg(request); err != nil {
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	reply := &reflect.ServerReflectionResponse{}
	if err := stream.RecvMsg(reply); err != nil {
		return nil, err
	}
	services := map[string]bool{}
	for _, one := range reply.GetListServicesResponse().GetService() {
		services[one.GetName()] = true
	}
	return services, nil
}

func ask(text string) *llmv1.CompletionRequest {
	return &llmv1.CompletionRequest{Messages: []*llmv1.Message{{Role: llmv1.Role_ROLE_USER, Content: text}}}
}

func limited(text string, maxTokens int32) *llmv1.CompletionRequest {
	request := ask(text)
	request.MaxTokens = maxTokens
	return request
}

// toolTurns is a conversation up to a tool's result, which comes as a user's turn without content.
func toolTurns(result string) *llmv1.CompletionRequest {
	return &llmv1.CompletionRequest{Messages: []*llmv1.Message{
		{Role: llmv1.Role_ROLE_USER, Content: "How is it?"},
		{Role: llmv1.Role_ROLE_ASSISTANT, Content: "I look.", ToolCalls: []*llmv1.ToolCall{
			{Id: "call-1", Name: "look", ArgumentsJson: `{"at":"it"}`}}},
		{Role: llmv1.Role_ROLE_USER, ToolResult: &llmv1.ToolResult{ToolCallId: "call-1", Content: result}},
	}}
}

func complete(c *connection, request *llmv1.CompletionRequest) (*llmv1.CompletionResponse, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.Complete(ctx, request)
}

// completeInPieces has the texts of a stream, and what it ends with.
func completeInPieces(
	c *connection, request *llmv1.CompletionRequest) ([]string, *llmv1.CompletionResponse, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stream, err := c.CompleteStream(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	var texts []string
	var done *llmv1.CompletionResponse
	for {
		event, err := stream.Recv()
		if err == io.EOF {
			return texts, done, nil
		}
		if err != nil {
			return texts, done, err
		}
		if done != nil {
			return texts, done, fmt.Errorf("an event after the last: %v", event)
		}
		switch told := event.Event.(type) {
		case *llmv1.CompletionEvent_Text:
			texts = append(texts, told.Text)
		case *llmv1.CompletionEvent_Done:
			done = told.Done
		}
	}
}

type outcome struct {
	answer *llmv1.CompletionResponse
	err    error
}

// completing has a Complete under way, and its outcome when it has one.
func completing(ctx context.Context, c *connection, request *llmv1.CompletionRequest) <-chan outcome {
	ended := make(chan outcome, 1)
	go func() {
		answer, err := c.Complete(ctx, request)
		ended <- outcome{answer, err}
	}()
	return ended
}

func shutdown(c *connection) func() error {
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		reply, err := c.Shutdown(ctx, &llmv1.ShutdownRequest{Graceful: true})
		if err != nil {
			return fmt.Errorf("Shutdown: %w", err)
		}
		if !reply.Accepted {
			return errors.New("Shutdown was not accepted")
		}
		return nil
	}
}

// awaitInFlight waits until the daemon says that it is at work for so many callers.
func awaitInFlight(c *connection, wanted int32) error {
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	for {
		s, err := c.GetStatus(ctx, &llmv1.StatusRequest{})
		if err != nil {
			return fmt.Errorf("waiting %v for in_flight=%d: %w", soon, wanted, err)
		}
		if s.InFlight == wanted {
			return nil
		}
		time.Sleep(glance)
	}
}

func expectCode(err error, code codes.Code, naming ...string) error {
	if status.Code(err) != code {
		return fmt.Errorf("expected %v, got %v", code, err)
	}
	for _, word := range naming {
		if !strings.Contains(err.Error(), word) {
			return fmt.Errorf("expected the message to name %q: %v", word, err)
		}
	}
	return nil
}
